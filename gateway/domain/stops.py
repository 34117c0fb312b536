"""Why a mail or a report does not go on: a closed catalogue, each code with its texts.

Who has to act decides the kind of stop:

- `Reject`: the sender.  Gets a signed, encrypted receipt with codes, never content.
- `Hold`: the privacy officer or functional administrator.  Kept as ciphertext,
  released only by a person, and then walks again.
- `Retry`: nobody.  Waits and walks again; after too many times it becomes a Hold.
- `Ignore`: nobody.  Not a report at all (our own mail coming back, an absence notice).

The texts live in ``policies/reasons.toml``; a test keeps both lists equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

# The place of what concerns the mail as a whole; its reports are numbered from 0.
WHOLE_MAIL = -1


class Reason(StrEnum):
    """Codes of the catalogue, ``<article or step>/<what>``."""

    # opening: article 12.5, secured mail, and proof of who sent it
    NOT_ENCRYPTED = "art-12.5/not-encrypted"
    PARTLY_ENCRYPTED = "art-12.5/partly-encrypted"
    NOT_FOR_US = "art-12.5/not-encrypted-to-us"
    OWN_KEY_CLOSED = "art-12.5/encrypted-to-our-old-key"
    DAMAGED = "art-12.5/damaged-ciphertext"
    MANGLED = "art-12.5/torn-by-server"
    WEAK_ENCRYPTION = "art-12.5/weak-encryption"
    INLINE_PGP = "art-12.5/inline-pgp"
    SMIME_NOT_CONFIGURED = "art-12.5/smime-not-configured"
    OPENPGP_NOT_CONFIGURED = "art-12.5/openpgp-not-configured"
    NOT_SIGNED = "art-12.5/not-signed"
    BAD_SIGNATURE = "art-12.5/bad-signature"
    WEAK_SIGNATURE = "art-12.5/weak-signature"
    SEVERAL_SIGNATURES = "art-12.5/several-signatures"
    UNKNOWN_SIGNER = "art-12.5/unknown-signer"
    KEY_EXPIRED = "art-12.5/sender-key-expired"
    KEY_REVOKED = "art-12.5/sender-key-revoked"
    NOT_YET_VALID = "art-12.5/sender-key-not-yet-valid"
    UNTRUSTED = "art-12.5/untrusted-certificate"
    WRONG_USE = "art-12.5/wrong-key-use"
    REVOCATION_UNKNOWN = "art-12.5/revocation-unknown"
    SIGNATURE_DATE = "art-12.5/signature-date"
    NOT_A_SIGNING_KEY = "art-12.5/key-not-for-signing"
    NOT_INTENDED = "art-12.5/not-intended-for-us"
    DATES_DIFFER = "art-12.5/dates-differ"
    SEVERAL_FROM = "art-12.5/several-from"
    FROM_MISMATCH = "art-12.5/from-is-not-signer"
    UNREGISTERED_SENDER = "art-12.5/unregistered-sender"
    REPLAYED = "art-12.5/replayed"
    TOO_LARGE = "mail/too-large"
    MALFORMED = "mail/malformed"
    WINMAIL = "mail/winmail-dat"
    EMPTY = "mail/empty"
    AUTOMATIC = "mail/automatic"
    CALENDAR = "mail/calendar-answer"
    READ_NOTICE = "mail/read-notice"
    LIST = "mail/list"
    SPAM = "mail/spam"
    OWN = "mail/own"
    BOUNCE = "mail/bounce"
    BOUNCE_UNKNOWN = "mail/bounce-unknown"
    DELIVERY_NEWS = "mail/delivery-news"
    CONFIRMS = "mail/confirms-letter"
    OPENER_LIMIT = "mail/exceeds-opener-limits"

    # checking: article 12.3, the bijsluiter
    NO_DOCUMENT = "art-12.3/no-document"
    SEVERAL_DOCUMENTS = "art-12.3/several-documents"
    NOT_JSON = "art-12.3/not-json"
    UNREADABLE_FORM = "art-12.3/unreadable-form"
    UNKNOWN_VERSION = "art-12.3/unknown-version"
    FAULTY_DOCUMENT = "art-12.3/faulty-document"
    FAULTY_REPORT = "art-12.3/faulty-report"
    IMPLAUSIBLE = "art-12.3/implausible"
    OTHER_PROVIDER = "art-12.3/other-provider"
    DUPLICATE_REPORT = "art-12.3/report-seen-before"
    NUMBER_TWICE = "art-12.3/report-id-twice"
    REPORT_CHANGED = "art-12.3/report-changed"
    REPORT_WAITS = "art-12.3/report-waits-already"
    READER_NOT_TOLD = "art-12.3/former-reader-not-told"
    SIGNAL_BY_MUNICIPALITY = "art-10.4/signal-by-municipality"
    CORRECTS_UNKNOWN = "art-12.3/corrects-unknown-report"
    CORRECTS_ANOTHER = "art-12.3/corrects-another-dossier"
    CORRECTS_REPLACED = "art-12.3/corrects-replaced-report"
    CORRECTS_WAITING = "art-12.3/corrects-waiting-report"
    CORRECTS_UNREAD = "art-12.3/corrects-unread-report"

    # permitting: scope, term, standing, persons, consent
    OUT_OF_SCOPE = "art-2.3/out-of-scope"
    REGIME_UNKNOWN = "art-2.3/regime-unknown"
    REGIME_DIFFERS = "art-2.3/regime-differs"
    TERM_NOT_BEGUN = "art-3.2/covenant-not-begun"
    TERM_ENDED = "art-3.2/covenant-ended"
    LEFT = "art-3.3/provider-left"
    NO_STANDING = "art-5.1/no-standing"
    SUSPENDED = "art-5.1/suspended"
    EXCLUDED = "art-15/excluded"
    DUTY_ENDED = "art-12.1/duty-ended"
    NO_CONSENT = "art-12.4/no-consent"
    CONSENT_REFUSED = "art-12.4/consent-refused"
    CONSENT_WITHDRAWN = "art-12.4/consent-withdrawn"
    CONSENT_EXPIRED = "art-12.4/consent-expired"
    CONSENT_INVALIDATED = "art-12.4/consent-invalidated"
    CATEGORY_NOT_CONSENTED = "art-12.4/category-not-consented"
    NOT_IN_FORM = "art-12.2/not-in-consent-form"
    NOT_IN_BIJSLUITER = "art-12.3/not-in-bijsluiter"
    NOTHING_LEFT = "art-12.4/nothing-may-be-shared"
    SIGNAL_WITHOUT_CONSENT = "art-10.4/ask-consent-for-signal"
    FREE_TEXT = "art-12.3/free-text-needs-release"
    REPHRASE = "art-12.3/free-text-to-rephrase"
    PERSON_UNKNOWN = "art-12.5/person-unknown"
    PERSON_DIFFERS = "art-12.5/person-differs"
    SENDER_NOT_DESIGNATED = "art-12.5/sender-not-designated"
    SENDER_NOT_BOUND = "art-12.8/sender-not-bound"
    RECIPIENT_NOT_BOUND = "art-12.8/recipient-not-bound"
    NO_RECIPIENT = "art-12.5/no-designated-contact"
    RECIPIENT_NO_KEY = "art-12.5/recipient-has-no-key"
    RECIPIENT_KEY_EXPIRED = "art-12.5/recipient-key-expired"
    RECIPIENT_KEY_REVOKED = "art-12.5/recipient-key-revoked"
    NOT_PERMITTED = "policy/not-permitted"

    # rights of the person: AVG 18 and 21; who sent the report hears the last one
    RESTRICTED = "avg-18/restricted"
    OBJECTED = "avg-21/objection"
    WAITS_FOR_GATEWAY = "gateway/waits-for-decision"

    # the gateway itself
    SEALING_FAILED = "gateway/sealing-failed"
    DELIVERED_BEFORE = "gateway/delivered-before"
    UNDELIVERABLE = "gateway/undeliverable"
    CAME_BACK = "gateway/came-back"
    NOT_ARRIVED = "gateway/not-arrived"
    OTHER_MAILBOX = "gateway/other-mailbox"
    UNREACHABLE = "gateway/unreachable"
    OWN_KEY_ABSENT = "gateway/own-key-absent"
    REFUSED_BY_OFFICER = "gateway/refused-by-officer"
    UNEXPECTED = "gateway/unexpected"


class Outcome(StrEnum):
    """What became of a report; the words of ``gateway inspect``."""

    FORWARD = "forward"
    REJECT = "reject"
    HOLD = "hold"
    IGNORE = "ignore"
    RETRY = "retry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault in a document: where, and which.  Never the value itself.

    `path` is the dotted path on the wire (``berichten[2].voortgang.periode``);
    `kind` is a code of the fault catalogue in ``policies/reasons.toml``.
    """

    path: str
    kind: str


class Stop(Exception):  # noqa: N818 - a stop is an outcome, not an error
    """Something that ends the walk of a report; carried as a value in the result."""

    outcome: Outcome

    def __init__(self, *reasons: Reason, faults: tuple[Fault, ...] = ()) -> None:
        if not reasons:
            raise ValueError("a stop needs at least one reason")
        super().__init__(", ".join(reasons))
        self.reasons = tuple(r for i, r in enumerate(reasons) if r not in reasons[:i])
        self.faults = faults


class Reject(Stop):
    """The sender must act."""

    outcome = Outcome.REJECT


class Hold(Stop):
    """The privacy officer or functional administrator must act."""

    outcome = Outcome.HOLD


class Retry(Stop):
    """Nobody must act; it walks again by itself."""

    outcome = Outcome.RETRY


class Ignore(Stop):
    """Nobody must act; filed without an answer."""

    outcome = Outcome.IGNORE
