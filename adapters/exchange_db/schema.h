// The tables of an exchange database. Names and widths are those of legacy exchange tables where they are known; a site
// whose tables differ gives views of these names. Texts only; times are "yyyy-MM-dd HH:mm:ss" at +08:00.
//
//   gy_hj    call: lhxfjid, gxbh, hjbh call id, ldhm calling number, lxdh contact number, lybh recording's reference
//   gy_xfj   item: lhxfjid, gxbh, fx 0 up 1 down, xfjbh source's number, sxfjbh upper number, gjbh number given there,
//            hbjbh, gljbh source's claims, xfrq day, djsj registered, jssj received, xfxs form, xfmddm purpose, nrfldm
//            category, bt title, tsnr content, xfrs people, wtsddm place code, wtsd place, sxr addressee, djjgmc
//            source, ajbh case, gxlb relation, glxfjid earlier one, nmbz anonymous, lmbz joint, zdjjbz urgent, yybz
//            threat's words, bmbz asked for confidence, sfxfj is a petition, letterid barcode, bfyrhdw accused, jd, wd
//            place, xgfj attachments (JSON: name, type, size, hash), mfbz sealed envelope, nrzy digest of the content;
//            written back: clzt state column, jgdm result code, jgsm why, ctzy digest of what holds the key, zt state
//            word, clsj time
//   gy_xfr   person: lhxfjid, gxbh, xh order, xm name, zjhm id, sjh phone, ldhm calling number, zh account, zz address,
//            zfrbz main, dlbz agent
//   gy_blgc  handling: lhxfjid, gxbh, blfs what (register, revision, merged, split, or the event), blsj, hfgznr words,
//            dftype 0 notice 1 answer, ajbh case; written back: clzt, jgdm, jgsm, gjbh, zt, clsj
//   gy_xf    down: bh number (ascending), lb kind, lhxfjid which registration, gjbh, zt state word, nr words, sj time,
//            wjid item handed down (lhxfjid of a gy_xfj row with fx 1), qrbz 1 once the hub has it
//
// lhxfjid is the hub's intake number, gxbh "" for a registration, else the update's reference: together the key.
// The state of a registration stands in gy_xfj, that of an update in gy_blgc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace adapters::exchange {

/// CREATE TABLE IF NOT EXISTS ..., for SQLite and PostgreSQL. Made by the owner of the exchange database, or the
/// stand-in; the hub makes none.
const std::vector<std::string>& CreateTables();

enum State { kWaiting = 0, kTriedMost = 9, kTaken = 20, kKeyTaken = 30, kFailed = 40 };

}  // namespace adapters::exchange
