#include "adapters/exchange_db/schema.h"

namespace adapters::exchange {
namespace {

std::string Table(const std::string& name, std::initializer_list<const char*> texts, const std::string& numbers,
                  const std::string& key) {
  std::string sql = "CREATE TABLE IF NOT EXISTS " + name + "(";
  for (const char* text : texts) sql += std::string(text) + " TEXT NOT NULL DEFAULT '', ";
  return sql + numbers + "PRIMARY KEY(" + key + "))";
}

}  // namespace

const std::vector<std::string>& CreateTables() {
  static const std::vector<std::string> tables = {
      Table("gy_hj", {"lhxfjid", "gxbh", "hjbh", "ldhm", "lxdh", "lybh"}, "", "lhxfjid, gxbh"),
      Table("gy_xfj", {"lhxfjid", "gxbh", "xfjbh",  "sxfjbh",  "gjbh", "hbjbh",    "gljbh",   "xfrq", "djsj",
                       "jssj",    "xfxs", "xfmddm", "nrfldm",  "bt",   "tsnr",     "wtsddm",  "wtsd", "sxr",
                       "djjgmc",  "ajbh", "gxlb",   "glxfjid", "yybz", "letterid", "bfyrhdw", "jd",   "wd",
                       "xgfj",    "nrzy", "sfxfj",  "jgdm",    "jgsm", "ctzy",     "zt",      "clsj"},
            "fx INTEGER NOT NULL DEFAULT 0, xfrs INTEGER NOT NULL DEFAULT 0, nmbz INTEGER NOT NULL DEFAULT 0, lmbz "
            "INTEGER NOT NULL DEFAULT 0, zdjjbz INTEGER NOT NULL DEFAULT 0, bmbz INTEGER NOT NULL DEFAULT 0, mfbz "
            "INTEGER NOT NULL DEFAULT 0, clzt INTEGER NOT NULL DEFAULT 0, ",
            "lhxfjid, gxbh"),
      Table("gy_xfr", {"lhxfjid", "gxbh", "xm", "zjhm", "sjh", "ldhm", "zh", "zz"},
            "xh INTEGER NOT NULL, zfrbz INTEGER NOT NULL DEFAULT 0, dlbz INTEGER NOT NULL DEFAULT 0, ",
            "lhxfjid, gxbh, xh"),
      Table("gy_blgc", {"lhxfjid", "gxbh", "blfs", "blsj", "hfgznr", "ajbh", "jgdm", "jgsm", "gjbh", "zt", "clsj"},
            "dftype INTEGER NOT NULL DEFAULT 0, clzt INTEGER NOT NULL DEFAULT 0, ", "lhxfjid, gxbh"),
      Table("gy_xf", {"lb", "lhxfjid", "gjbh", "zt", "nr", "sj", "wjid"},
            "bh BIGINT NOT NULL, qrbz INTEGER NOT NULL DEFAULT 0, ", "bh"),
      "CREATE INDEX IF NOT EXISTS gy_xfj_clzt ON gy_xfj(clzt)",
      "CREATE INDEX IF NOT EXISTS gy_blgc_clzt ON gy_blgc(clzt)",
  };
  return tables;
}

}  // namespace adapters::exchange
