// What departments' systems call over Thrift: hand in submissions, report what was done about them, learn what became of them, reconcile. Framed transport, binary protocol, TLS
// when configured. It does what the HTTP interface does, by the same rules; a connection may be kept and used for many calls, one at a time.
//
// Rules: text is UTF-8, times are RFC 3339 with a zone ("2025-03-04T10:12:00+08:00"), codes are strings; an empty string or an absent optional means "not given".
// A submission needs content, a title or an attachment; everything else may be left out.

namespace cpp exchange_wire
namespace py petition_exchange

/** Who is calling. First argument of every call. */
struct Credential {
  /** The key that `guiyi source add` (or `user add`) printed. */
  1: string key
}

/** One person of a submission, as the source has written it. */
struct Petitioner {
  /** Name. */
  1: string name
  /** Number of an identity document. */
  2: string idNumber
  /** Telephone to be reached at. */
  3: string phone
  /** Number the call came from; need not be the person's own. */
  4: string callingNumber
  /** OpenID or login; no identity by itself. */
  5: string account
  /** Address. */
  6: string address
  /** main | joint | agent (acts for the others; those represented are the petitioners); empty: not said. */
  7: string role
}

/** Where the matter lies, WGS 84. */
struct Location {
  /** Longitude, degrees. */
  1: double lon
  /** Latitude, degrees. */
  2: double lat
}

/** The telephone call a submission came by. */
struct Call {
  /** The exchange's id of the call. */
  1: string id
  /** Who answered. */
  2: string operatorName
  /** Reference of the recording. */
  3: string recordingRef
}

/** A file of a submission. */
struct Attachment {
  /** File name. */
  1: string name
  /** Media type, e.g. image/jpeg. */
  2: string mediaType
  /** Size in bytes; 0: not said. */
  3: i64 size
  /** SHA-256 of the bytes, 64 lower-case hex digits: names a file that was put over HTTP before. */
  4: string sha256
  /** The bytes of a small file, instead of putting it before. */
  5: optional binary content
}

/** What the source itself claims about earlier items; kept and compared, never trusted. */
struct Claims {
  /** It is the petitioner's first. */
  1: optional bool first
  /** It repeats an earlier one. */
  2: optional bool repeat
  /** The earlier one's number. */
  3: string repeatOf
  /** The number it was merged into. */
  4: string mergedInto
}

/** What an operator decided with the caller on the line. */
struct Tie {
  /** The earlier case. */
  1: string caseNo
  /** same | none. */
  2: string verdict
}

/** What a citizen (or somebody for them) handed in. */
struct Submission {
  /** The source's own number; without one nothing is ever told to be a resend. */
  1: string externalId
  /** Number an upper system gave. */
  2: string upstreamNo
  /** Id that joins records across systems. */
  3: string linkNo
  /** portal, hotline, letter, email, visit, wechat, sms, app, department, leader_mailbox, upper_transfer, other; empty: the source's own. */
  4: string channel
  /** When the source received it. */
  5: string receivedAt
  /** When the petitioner acted: postmark, call. */
  6: string petitionedAt
  /** Everybody who submits. */
  7: list<Petitioner> petitioners
  /** People present or signing; 0: not given. */
  8: i32 headCount
  /** The petitioner gave no name on purpose. */
  9: bool anonymous
  /** Title. */
  10: string title
  /** The words. */
  11: string content
  /** Place of the problem in words. */
  12: string placeText
  /** Division of the problem, 6 or 12 digits. */
  13: string division
  /** Category in the source's or the hub's table. */
  14: string category
  /** 求决, 投诉, 建议, 举报, 检举控告, 申诉, 咨询, 其他. */
  15: string purpose
  /** False for a call that only asks; absent: not said. */
  16: optional bool isPetition
  /** Who or what it is about. */
  17: string accused
  /** Whom a letter is addressed to. */
  18: string addressee
  /** Urgent. */
  19: bool urgent
  /** Words of a threat. */
  20: string threat
  /** The petitioner asks for confidence, or the operator flags an accusation against an official: it is sealed. */
  21: bool confidential
  /** Coordinates of the problem. */
  22: optional Location location
  /** The telephone call. */
  23: optional Call call
  /** Barcode of a paper letter. */
  24: string barcode
  /** Files. */
  25: list<Attachment> attachments
  /** The source's claims. */
  26: optional Claims claims
  /** The operator's decision. */
  27: optional Tie tie
  /** Further fields by name, kept as they are. */
  28: map<string, string> more
}

/** One piece of evidence for or against a tie. */
struct Reason {
  /** Name of the feature. */
  1: string feature
  /** Weight in log-odds, above zero for the tie. */
  2: double weight
  /** In Chinese, for a clerk; empty when it concerns another source's submission. */
  3: string detail
}

/** What a submission was told to be. */
struct Decision {
  /** new | resend | revision | duplicate | supplement | repeat | joint. */
  1: string relation
  /** auto: tied without a person; review: a person will decide; new: stands alone. */
  2: string mode
  /** Probability of the tie. */
  3: double score
  /** Intake number of the earlier one, when it is the caller's own. */
  4: string of
  /** The case. */
  5: string caseNo
  /** The matter group, if any. */
  6: string groupNo
  /** Strongest first. */
  7: list<Reason> reasons
}

/** The submission is on the ledger: durable, with proof. */
struct Receipt {
  /** The hub's intake number. */
  1: string intakeNo
  /** The petitioner's key to look up progress; tell it to nobody else. */
  2: string queryCode
  /** When it was registered. */
  3: string registeredAt
  /** Index of its ledger entry. */
  4: i64 ledgerIndex
  /** Hash of the leaf, base64. */
  5: string leafHash
  /** The published entry, one line of JSON. */
  6: string entry
  /** Salt of its commitment, base64. */
  7: string salt
  /** A resend: this is the first receipt again. */
  8: bool existing
  /** The same number with other content: registered as a revision. */
  9: bool revision
  /** Proof of inclusion (C2SP tlog-proof, text). */
  10: string proof
  /** number-reused, sealed ... */
  11: list<string> flags
  /** Fields we have no name for; kept. */
  12: list<string> unknownFields
  /** Absent while undecided. */
  13: optional Decision decision
}

/** One wrong field. */
struct FieldError {
  /** JSON pointer into the submission as the HTTP interface names its fields, e.g. /petitioners/0/role. */
  1: string pointer
  /** Stable word. */
  2: string code
  /** For people; never repeats the value. */
  3: string message
}

/** Why a call failed. */
exception ExchangeError {
  /** invalid | unauthorized | not_found | conflict | pushback | unavailable | corrupt | internal. pushback and unavailable: come back later; nothing was registered. */
  1: string code
  /** Stable word, e.g. content_missing. */
  2: string reason
  /** For people, without personal data. */
  3: string message
  /** Wrong fields, all at once. */
  4: list<FieldError> fields
  /** With pushback and unavailable: come back after so many milliseconds. */
  5: i64 retryAfterMs
}

/** Result of one row of a batch: exactly one of the two. */
struct RowResult {
  /** The row is registered. */
  1: optional Receipt receipt
  /** Why it is not (the same fields as an ExchangeError). */
  2: optional ExchangeError error
}

/** Names an intake of the caller's: by the hub's number, or by the source's own. */
struct IntakeName {
  /** The hub's intake number. */
  1: string intakeNo
  /** The source's own number; used when intakeNo is empty. */
  2: string externalId
}

/** What a handling unit did. */
struct Event {
  /** noticed, accepted, not_accepted, no_longer_accepted, assigned, transferred, objected, returned, extended, hearing_started, hearing_ended, replied, closed, resolved,
      review_asked, review_answered, recheck_asked, recheck_answered, urged, withdrawn, rated. */
  1: string event
  /** When it happened; empty: now. */
  2: string at
  /** Unit or clerk. */
  3: string by
  /** Words: reply, reason. `replied` and `closed` need them or a document. */
  4: string text
  /** SHA-256 of a document that was put before. */
  5: string documentSha256
}

/** That an event is recorded. */
struct EventReceipt {
  /** The intake it is about. */
  1: string intakeNo
  /** Index of the ledger entry. */
  2: i64 ledgerIndex
  /** False: on the ledger, shown a moment later. */
  3: bool shown
}

/** How delivery to another system stands. */
struct DeliveryStatus {
  /** Name of that system. */
  1: string destination
  /** pending, sending, unknown, settling, done, parked, skipped. */
  2: string state
  /** Its number for the intake. */
  3: string nationalNo
  /** Its state word. */
  4: string nationalState
  /** Attempts so far. */
  5: i32 attempts
}

/** How an intake stands. */
struct IntakeStatus {
  /** The hub's number. */
  1: string intakeNo
  /** When it was registered. */
  2: string registeredAt
  /** Last event that changed its state; registered at first. */
  3: string state
  /** The case that holds it now. */
  4: string caseNo
  /** The matter group, if any. */
  5: string groupNo
  /** When it was answered and closed; empty while open. */
  6: string closedAt
  /** Number of the national system. */
  7: string nationalNo
  /** State at the national system. */
  8: string nationalState
  /** How it was judged; absent while undecided. */
  9: optional Decision decision
  /** One a destination. */
  10: list<DeliveryStatus> deliveries
}

/** Something that happened to an intake of the caller's. */
struct Change {
  /** The cursor after it. */
  1: i64 cursor
  /** The intake. */
  2: string intakeNo
  /** When. */
  3: string at
  /** decided | asked | merged | split | answered | event | national. */
  4: string kind
  /** Details as JSON, the same as in the HTTP interface. */
  5: string detailJson
}

/** Changes after a cursor, in order. */
struct ChangePage {
  /** At most `limit`. */
  1: list<Change> changes
  /** Where to go on; the same as asked for when there is nothing new. */
  2: i64 nextCursor
  /** There are more already. */
  3: bool more
}

/** One number of a manifest. */
struct ManifestNumber {
  /** The source's own number. */
  1: string externalId
  /** SHA-256 (hex) of the delivered bytes: of the Submission struct as it was sent, in binary protocol. Empty: not compared. */
  2: string sha256
}

/** What the source says it handed over on one day. */
struct Manifest {
  /** The source's booking day, 2025-03-04. */
  1: string day
  /** How many; absent: as many as are listed. */
  2: optional i64 count
  /** The numbers. At most 20,000 a call. */
  3: list<ManifestNumber> numbers
}

/** What is missing on either side. */
struct ManifestAnswer {
  /** Index of the manifest's ledger entry. */
  1: i64 ledgerIndex
  /** Intakes of the source and day on the ledger. */
  2: i64 countHere
  /** The source has them, the hub does not: send them again. */
  3: list<string> missingHere
  /** The hub has them for that day, the source did not list them. */
  4: list<string> missingThere
  /** On both sides, with other bytes. */
  5: list<string> differs
  /** A list was cut. */
  6: bool more
}

/** About whom it is asked: an id number with the name, or a query code. */
struct ChannelQuestion {
  /** Number of an identity document. */
  1: string idNumber
  /** The name that belongs to it. */
  2: string name
  /** A query code, instead. */
  3: string queryCode
}

/** Nothing else is told. */
enum InChannel {
  /** Not known to be; or sealed. */
  UNKNOWN = 0,
  /** Yes. */
  YES = 1
}

service PetitionExchange {
  /** Registers one submission. `waitMs`: up to 2000 ms for the decision; 0: do not wait. */
  Receipt submit(1: Credential credential, 2: Submission submission, 3: i32 waitMs) throws (1: ExchangeError error)

  /** Registers up to 1,000; one result a row, in order; a bad row never spoils a good one. */
  list<RowResult> submitBatch(1: Credential credential, 2: list<Submission> submissions) throws (1: ExchangeError error)

  /** Records what a handling unit did. */
  EventReceipt reportEvent(1: Credential credential, 2: IntakeName intake, 3: Event event) throws (1: ExchangeError error)

  /** How an intake stands. */
  IntakeStatus getStatus(1: Credential credential, 2: IntakeName intake) throws (1: ExchangeError error)

  /** What happened to the caller's intakes since; cursor 0 starts. At most 1,000 a call. */
  ChangePage listChanges(1: Credential credential, 2: i64 cursor, 3: i32 limit) throws (1: ExchangeError error)

  /** Reconciles one booking day. */
  ManifestAnswer submitManifest(1: Credential credential, 2: Manifest manifest) throws (1: ExchangeError error)

  /** Whether a matter is already in the petition channel. Limited by rate. */
  InChannel isInChannel(1: Credential credential, 2: ChannelQuestion question) throws (1: ExchangeError error)
}
