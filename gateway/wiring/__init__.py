"""The one place where parts are put together; nothing else imports adapters."""

from gateway.wiring.backtesting import backtested, proposal_backtested
from gateway.wiring.consent_papers import ReceiptFiles, consent_receipt
from gateway.wiring.errors import NotReadyError
from gateway.wiring.examining import examine
from gateway.wiring.explaining import (
    article_text,
    explained_contact,
    explained_mail,
    explained_person,
    explanations,
)
from gateway.wiring.incidents import draft_notices, incident, invalidation_counts
from gateway.wiring.keys import (
    armored_certificate,
    exported_smime,
    new_key,
    own_certificate,
    own_fingerprint,
)
from gateway.wiring.preparing import prepare
from gateway.wiring.register import register
from gateway.wiring.ruling import (
    file_text,
    policy_difference,
    policy_history,
    policy_in_force,
    reviewed,
    table_text,
    text_in_force,
)
from gateway.wiring.running import TrustNews
from gateway.wiring.sending import SealedBySender, sealed_by, submit
from gateway.wiring.serving import inspecting, mail_from_file, serving
from gateway.wiring.smime import described_key, smime_pem
from gateway.wiring.texts import fault_text, reason_advice, reason_text

__all__ = [
    "NotReadyError",
    "ReceiptFiles",
    "SealedBySender",
    "TrustNews",
    "armored_certificate",
    "article_text",
    "backtested",
    "consent_receipt",
    "described_key",
    "draft_notices",
    "examine",
    "explained_contact",
    "explained_mail",
    "explained_person",
    "explanations",
    "exported_smime",
    "fault_text",
    "file_text",
    "incident",
    "inspecting",
    "invalidation_counts",
    "mail_from_file",
    "new_key",
    "own_certificate",
    "own_fingerprint",
    "policy_difference",
    "policy_history",
    "policy_in_force",
    "prepare",
    "proposal_backtested",
    "reason_advice",
    "reason_text",
    "register",
    "reviewed",
    "sealed_by",
    "serving",
    "smime_pem",
    "submit",
    "table_text",
    "text_in_force",
]
