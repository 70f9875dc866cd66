// The national petition system as the hub sees it: the hub is the client. Framed transport, binary protocol, TLS when configured. The official interface was not obtained;
// this one carries what the exchange tables of domain practice carry, and stands in for it. Field mapping: adapters/national/field_mapping.h.
//
// Rules both sides keep:
// - `reference` (the hub's intake number) makes registerPetition idempotent, `updateId` makes updatePetition idempotent: what is known with equal content is answered again.
// - A reference that is known with another `contentDigest` is a Conflict, never an overwrite.
// - Text is UTF-8, times are RFC 3339 with a zone, codes are strings; an empty string or an absent optional means "not given".

namespace cpp national_wire
namespace py national_system

/** Who is calling. First argument of every call. */
struct Credential {
  /** The key the national side has given to this hub. */
  1: string key
}

/** One person of a submission. */
struct Person {
  /** Name as written (xm). */
  1: string name
  /** Number of an identity document as written (zjhm). */
  2: string idNumber
  /** Telephone to be reached at (sjh, lxdh). */
  3: string phone
  /** Number the call came from (ldhm); need not be the person's own. */
  4: string callingNumber
  /** OpenID or login at the source; no identity by itself. */
  5: string account
  /** Address (zz). */
  6: string address
  /** main | joint | agent (zfrbz; an agent acts for the others). */
  7: string role
}

/** A file that belongs to a submission (xgfj). */
struct AttachmentRef {
  /** File name as given. */
  1: string name
  /** Media type as given. */
  2: string mediaType
  /** Size in bytes. */
  3: i64 size
  /** SHA-256 of the bytes, lower-case hex. The bytes themselves go another way. */
  4: string sha256
}

/** Where the matter lies, WGS 84. */
struct Location {
  /** Longitude, degrees. */
  1: double lon
  /** Latitude, degrees. */
  2: double lat
}

/** What was handed in, field by field. Absent altogether in a sealed registration. */
struct PetitionContent {
  /** The source's own number (xfjbh). */
  1: string externalId
  /** Number an upper system gave (sxfjbh). */
  2: string upstreamNo
  /** Id that joins records across systems (lhxfjid). */
  3: string linkNo
  /** When the petitioner acted (xfrq): postmark, call. */
  4: string petitionedAt
  /** Everybody of the submission, the main petitioner first when known. */
  5: list<Person> persons
  /** People present or signing (xfrs); 0: not given. */
  6: i32 headCount
  /** Whether the petitioner gave no name on purpose (nmbz). */
  7: bool anonymous
  /** Title (bt). */
  8: string title
  /** Words of the submission (tsnr), complete. */
  9: string content
  /** Place of the problem in words (wtsd). */
  10: string placeText
  /** Division of the problem, 6 or 12 digits (wtsddm). */
  11: string division
  /** Category in the hub's table (nrfldm). */
  12: string category
  /** 求决, 投诉, 建议, 举报, 检举控告, 申诉, 咨询, 其他 (xfmddm). */
  13: string purpose
  /** False for a call that only asks (sfxfj); absent: not said. */
  14: optional bool isPetition
  /** Who or what the submission is about (bfyrhdw). */
  15: string accused
  /** Whom a letter is addressed to (sxr). */
  16: string addressee
  /** Urgent (zdjjbz). */
  17: bool urgent
  /** Words of a threat (yybz), empty when there is none. */
  18: string threat
  /** The petitioner asked for confidence. */
  19: bool confidential
  /** Coordinates of the problem. */
  20: optional Location location
  /** The hotline's call id. */
  21: string callId
  /** Reference of the recording, never the recording. */
  22: string recordingRef
  /** Barcode of a paper letter (letterid). */
  23: string barcode
  /** Files, by name and hash. */
  24: list<AttachmentRef> attachments
  /** The source's own claim of an earlier item (repeated_id); never trusted. */
  25: string claimsRepeatOf
  /** The source's own merge number (hbjbh); never trusted. */
  26: string claimsMergedInto
}

/** One registration to take over. */
struct Registration {
  /** The hub's intake number: idempotency reference, at most 38 characters. */
  1: string reference
  /** Lower-case hex SHA-256 that tells equal content from another; of a sealed one, the ledger's salted commitment. */
  2: string contentDigest
  /** The hub's case number: submissions of one matter of the same people share it. */
  3: string caseNo
  /** Which connected system handed it in (djjgmc). */
  4: string source
  /** portal, hotline, letter, email, visit, wechat, sms, app, department, leader_mailbox, upper_transfer, other (xfxs). */
  5: string channel
  /** When the source received it (djsj). */
  6: string receivedAt
  /** When the hub registered it. */
  7: string registeredAt
  /** new | resend | revision | duplicate | supplement | repeat | joint: towards `earlierReference`. */
  8: string relation
  /** Intake number of the earlier one it is tied to; empty for new. */
  9: string earlierReference
  /** Sealed envelope: an accusation whose words go another, protected way. Only this struct's own fields are given, no people and no text. */
  10: bool sealed
  /** The words and people; absent when sealed. */
  11: optional PetitionContent content
}

/** That a registration stands. */
struct RegistrationAnswer {
  /** The national item number (gjbh). */
  1: string nationalNo
  /** State word of the national side: registered, accepted, not_accepted, transferred, answered, closed. */
  2: string state
  /** True when it was known before with equal content: this answer is the first one again. */
  3: bool existing
}

/** A later change of something registered. */
struct PetitionUpdate {
  /** The intake number it is about. */
  1: string reference
  /** Idempotency reference of this update. */
  2: string updateId
  /** revision | merged | split | event. */
  3: string kind
  /** The case the intake belongs to after it. */
  4: string caseNo
  /** For kind event: noticed, accepted, assigned, replied, closed ... */
  5: string event
  /** Reply or reason in words; may be empty. */
  6: string text
  /** For kind revision: the new content; absent when sealed. */
  7: optional PetitionContent content
}

/** That an update stands. */
struct UpdateAnswer {
  /** The national item number. */
  1: string nationalNo
  /** State after the update. */
  2: string state
  /** True when this updateId was known before. */
  3: bool existing
}

/** What is known under a reference. */
struct FoundRegistration {
  /** False: nothing, the other fields say nothing. */
  1: bool found
  /** The national item number. */
  2: string nationalNo
  /** State now. */
  3: string state
  /** Digest it was registered with. */
  4: string contentDigest
}

/** Something the national side tells or asks the hub. */
struct Instruction {
  /** Its id; instructions are ordered by it. */
  1: string id
  /** number | state | answer | urge | assign | rating | item. */
  2: string kind
  /** The intake number it is about; empty for an item handed down. */
  3: string reference
  /** The national item number. */
  4: string nationalNo
  /** State word, for kind state and answer. */
  5: string state
  /** Words of the answer or of the urging. */
  6: string text
  /** When it happened. */
  7: string at
  /** For kind item: what was handed down. */
  8: optional PetitionContent item
}

/** Instructions after a cursor, in order. */
struct InstructionPage {
  /** At most `limit`. */
  1: list<Instruction> instructions
  /** Where to go on; equal to the given cursor when there was nothing. */
  2: string nextCursor
  /** There are more already. */
  3: bool more
}

/** The registration or update will never be taken as it is. */
exception Refused {
  /** Stable word: bad_format, no_service, no_right, business_rule ... without personal data. */
  1: string reason
  /** For people, without personal data. */
  2: string message
}

/** Not now; the same call later may be taken. */
exception Busy {
  /** busy | too_frequent. */
  1: string reason
  /** Come back after this many milliseconds; 0: not said. */
  2: i64 retryAfterMs
}

/** Something the national side needs is down; nothing will be taken until it is back. */
exception DependencyDown {
  /** Stable word for what is down. */
  1: string reason
  /** Come back after this many milliseconds; 0: not said. */
  2: i64 retryAfterMs
}

/** The reference is known with another content. */
exception Conflict {
  /** The number it is known under. */
  1: string nationalNo
  /** Stable word. */
  2: string reason
}

/** The key is not known or has no right to this call. */
exception Unauthorized {
  /** Stable word. */
  1: string reason
}

service NationalPetitionSystem {
  /** Takes a registration over. An answer means it is durable at the national side. */
  RegistrationAnswer registerPetition(1: Credential credential, 2: Registration registration)
      throws (1: Refused refused, 2: Busy busy, 3: DependencyDown down, 4: Conflict conflict, 5: Unauthorized unauthorized)

  /** Takes a later change over. The registration must stand (else Refused "unknown_reference"). */
  UpdateAnswer updatePetition(1: Credential credential, 2: PetitionUpdate update)
      throws (1: Refused refused, 2: Busy busy, 3: DependencyDown down, 4: Conflict conflict, 5: Unauthorized unauthorized)

  /** Whether a registration stands; with a non-empty updateId: whether that update of it does. Changes nothing. */
  FoundRegistration findByReference(1: Credential credential, 2: string reference, 3: string updateId)
      throws (1: Busy busy, 2: DependencyDown down, 3: Unauthorized unauthorized)

  /** Instructions after the cursor ("" from the beginning). Asking again with an old cursor gives the same again. */
  InstructionPage fetchInstructions(1: Credential credential, 2: string cursor, 3: i32 limit)
      throws (1: Busy busy, 2: DependencyDown down, 3: Unauthorized unauthorized)

  /** The hub has the instruction on its ledger. Repeating it changes nothing. */
  void acknowledgeInstruction(1: Credential credential, 2: string instructionId)
      throws (1: Busy busy, 2: DependencyDown down, 3: Unauthorized unauthorized)
}
