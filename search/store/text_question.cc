#include "search/store/text_question.h"

#include <algorithm>

#include "search/text_terms.h"
#include "search/words.h"

namespace search::store {
namespace {

constexpr std::size_t kDivisionsMax = 1000;
constexpr std::size_t kOffsetMax = 100000;
constexpr std::string_view kFirstDay = "19000101", kLastDay = "20991231";

using Queries = std::vector<Xapian::Query>;

Xapian::Query All(const Queries& queries) { return {Xapian::Query::OP_AND, queries.begin(), queries.end()}; }
Xapian::Query Any(const Queries& queries) { return {Xapian::Query::OP_OR, queries.begin(), queries.end()}; }

Xapian::Query OfChain(const TextTerms& terms, Field field, const Chain& chain) {
  if (chain.size() == 1) return Xapian::Query(terms.Word(field, chain.front()));
  Queries pairs;
  for (std::size_t i = 1; i < chain.size(); ++i) pairs.emplace_back(terms.Pair(field, chain[i - 1], chain[i]));
  return All(pairs);
}

// Adds what must stand to `wanted`, what must not to `unwanted`. False: something was asked for that can't stand
// anywhere.
bool AddWords(const TextTerms& terms, Field field, const std::string& words, Queries& wanted, Queries& unwanted) {
  if (words.find_first_not_of(" \t\r\n") == std::string::npos) return true;
  const std::vector<Clause> clauses = ParseWords(words);
  for (const Clause& clause : clauses) {
    Queries chains;
    for (const Chain& chain : clause.chains) chains.push_back(OfChain(terms, field, chain));
    (clause.excluded ? unwanted : wanted).push_back(All(chains));
  }
  return !clauses.empty();
}

// False: no document can pass.
bool AddFilters(const TextTerms& terms, const TextQuery& query, Queries& filters) {
  const auto add = [&](TermKind kind, const std::string& value) {
    if (!value.empty()) filters.emplace_back(terms.Exact(kind, value));
  };
  add(TermKind::kCategory, query.category);
  add(TermKind::kChannel, query.channel);
  add(TermKind::kSource, query.source);
  for (const auto& [text, term] :
       {std::pair{query.number, terms.Number(query.number)}, {query.person, terms.Person(query.person)}}) {
    if (text.empty()) continue;
    if (term.empty()) return false;
    filters.emplace_back(term);
  }
  if (!query.divisions.empty()) {
    Queries within;
    for (const std::string& division : query.divisions) {
      const std::string_view prefix = DivisionPrefix(division);
      within.emplace_back(prefix.empty() ? terms.Every() : terms.Exact(TermKind::kDivision, prefix));
    }
    filters.push_back(Any(within));
  }
  if (!query.day_from.empty() || !query.day_to.empty()) {
    Queries days;
    for (const std::string& part : DaysBetween(query.day_from.empty() ? kFirstDay : query.day_from,
                                               query.day_to.empty() ? kLastDay : query.day_to)) {
      days.emplace_back(terms.Exact(TermKind::kDay, part));
    }
    if (days.empty()) return false;
    filters.push_back(Any(days));
  }
  return true;
}

Xapian::Query InScope(const TermKey& key, bool sealed, const TextQuery& query) {
  const TextTerms terms(key, sealed);
  Queries wanted, unwanted, filters;
  const bool possible = AddWords(terms, Field::kAnywhere, query.words, wanted, unwanted) &&
                        AddWords(terms, Field::kTitle, query.title, wanted, unwanted) &&
                        AddWords(terms, Field::kPlace, query.place, wanted, unwanted) &&
                        AddWords(terms, Field::kAccused, query.accused, wanted, unwanted) &&
                        AddFilters(terms, query, filters);
  if (!possible) return Xapian::Query::MatchNothing;
  if (wanted.empty()) filters.emplace_back(terms.Every());
  Xapian::Query whole = wanted.empty() ? Xapian::Query(Xapian::Query::OP_SCALE_WEIGHT, All(filters), 0) : All(wanted);
  if (!wanted.empty() && !filters.empty()) whole = Xapian::Query(Xapian::Query::OP_FILTER, whole, All(filters));
  if (!unwanted.empty()) whole = Xapian::Query(Xapian::Query::OP_AND_NOT, whole, Any(unwanted));
  return whole;
}

}  // namespace

petition::Status CheckTextQuery(const TextQuery& query) {
  for (const std::string* words : {&query.words, &query.title, &query.place, &query.accused}) {
    if (words->size() > kQueryBytesMax) continue;
    const auto clauses = ParseWords(*words);
    if (std::any_of(clauses.begin(), clauses.end(), [](const Clause& clause) { return clause.too_short; })) {
      return petition::Invalid("word_too_short", "a word has at least two characters");
    }
  }
  for (const std::string* text : {&query.words, &query.title, &query.place, &query.accused, &query.number,
                                  &query.person, &query.category, &query.channel, &query.source}) {
    if (text->size() > kQueryBytesMax)
      return petition::Invalid("query_too_long", "a part of the query is longer than 2048 bytes");
  }
  for (const std::string* day : {&query.day_from, &query.day_to}) {
    if (!day->empty() && !(IsDay(*day) && *day >= kFirstDay && *day <= kLastDay)) {
      return petition::Invalid("day_invalid", "a day reads like 20250304");
    }
  }
  if (query.divisions.size() > kDivisionsMax) return petition::Invalid("too_many_divisions", "at most 1000 divisions");
  if (query.offset > kOffsetMax)
    return petition::Invalid("offset_too_large", "narrow the search instead of paging beyond 100000");
  return petition::Ok();
}

Xapian::Query TextQuestion(const TermKey& key, const TextQuery& query) {
  const Xapian::Query open = InScope(key, false, query);
  if (!query.with_sealed) return open;
  return {Xapian::Query::OP_OR, open, InScope(key, true, query)};
}

}  // namespace search::store
