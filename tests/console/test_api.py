"""The draft read interface of LDV 1.0, asked over real TLS of the real command."""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
import ssl
import tomllib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest
from sqlalchemy import select, update

from gateway.adapters.log_sequencing import Sequencer
from gateway.adapters.tables_log import log_entries
from gateway.console.api import application
from gateway.console.tokens import Caller, Tokens, digest_of
from gateway.events.writing import Writer
from gateway.wiring import parts
from gateway.wiring.log import log_key
from tests.console.reading import (
    DOSSIERS,
    IDLE,
    NOBODY,
    PATH,
    READER,
    Api,
    deeds,
    entries,
    erase,
    filled,
    pseudonym,
    records,
    started,
)
from tests.tampering import unguard

if TYPE_CHECKING:
    from gateway.wiring.api import ProcessingReader
    from tests.installations import Installation
    from tests.servers.tls import Certificates

CAMEL = {
    "trace_id": "traceId",
    "span_id": "spanId",
    "parent_span_id": "parentSpanId",
    "status": "status",
    "name": "name",
    "start_time": "startTime",
    "end_time": "endTime",
    "resource": "resource",
    "attributes": "attributes",
}


def written(record: dict[str, Any]) -> dict[str, Any]:
    return {CAMEL[name]: value for name, value in record.items()}


def is_problem(answered: httpx.Response, status: int) -> dict[str, Any]:
    """RFC 9457, 3: media type, and the status also in the body."""
    assert answered.status_code == status, answered.text
    assert answered.headers["content-type"] == "application/problem+json"
    assert answered.headers["api-version"] == "1.0.0"
    said: dict[str, Any] = answered.json()
    assert said["status"] == status
    assert said["type"] == "about:blank"
    assert said["title"]
    return said


# --- answers ----------------------------------------------------------------------


def test_each_question_finds_what_it_asks_for(api: Api) -> None:
    expected = records(api.installation)
    trace = expected[5]["trace_id"]
    activity = expected[0]["attributes"]["dpl.core.processing_activity_id"]
    person = pseudonym(api.installation, DOSSIERS[1])
    by_trace = [written(each) for each in expected if each["trace_id"] == trace]
    of_person = [
        written(each)
        for each in expected
        if each["attributes"].get("dpl.core.data_subject_id") == person
    ]
    assert (len(by_trace), len(of_person), len(expected)) == (4, 4, 16)
    assert api.found(traceId=trace) == by_trace
    assert api.found(dataSubjectId=person) == of_person
    assert api.found(processingActivityId=activity) == [written(each) for each in expected]
    both = [each for each in by_trace if each in of_person]
    assert len(both) == 1
    assert api.found(traceId=trace, dataSubjectId=person) == both
    assert api.found(traceId=trace, processingActivityId=f"{activity}0") == []
    assert api.found(traceId="ab" * 16) == []
    assert api.found(dataSubjectId="ab" * 32) == []


def test_nothing_but_the_records_is_told(api: Api) -> None:
    """Neither our own evidence, nor what people did, nor this very call."""
    activity = records(api.installation)[0]["attributes"]["dpl.core.processing_activity_id"]
    api.ask(processingActivityId=activity)
    consultation = [each.head for each in entries(api.installation) if each.head.kind == "audit"]
    assert consultation
    assert api.found(processingActivityId=consultation[0].activity_id) == []
    assert api.found(traceId=consultation[0].trace_id) == []
    text = api.ask(processingActivityId=activity).text
    assert [word for word in ("message_digest", "contact-1", "burgerportaal") if word in text] == []


def test_pages_give_everything_once(api: Api) -> None:
    activity = records(api.installation)[0]["attributes"]["dpl.core.processing_activity_id"]
    found: list[dict[str, Any]] = []
    question: dict[str, Any] = {"processingActivityId": activity, "limit": 5}
    sizes = []
    while True:
        page = api.ask(**question).json()
        sizes.append(len(page["processingActivities"]))
        found += page["processingActivities"]
        if "nextCursor" not in page:
            break
        question["cursor"] = page["nextCursor"]
    assert sizes == [5, 5, 5, 1]
    assert found == [written(each) for each in records(api.installation)]
    person = pseudonym(api.installation, DOSSIERS[0])
    first = api.ask(dataSubjectId=person, limit=2).json()
    second = api.ask(dataSubjectId=person, limit=2, cursor=first["nextCursor"]).json()
    assert "nextCursor" not in second
    spans = [each["spanId"] for page in (first, second) for each in page["processingActivities"]]
    assert len(set(spans)) == 4


def test_an_activity_far_away_is_reached_page_by_page(
    installation: Installation, certificates: Certificates
) -> None:
    """Reading goes so far for one page; an empty one says where to go on."""
    filled(installation, 1300)
    api = started(installation, certificates)
    try:
        page = api.ask(processingActivityId="https://register.example/geen/1").json()
        assert page["processingActivities"] == []
        page = api.ask(
            processingActivityId="https://register.example/geen/1", cursor=page["nextCursor"]
        ).json()
        assert page == {"processingActivities": []}
    finally:
        api.stop()


def test_of_an_erased_person_the_head_is_left_and_the_pseudonym_leads_nowhere(own: Api) -> None:
    person = pseudonym(own.installation, DOSSIERS[0])
    theirs = own.found(dataSubjectId=person)
    erase(own.installation, DOSSIERS[0])
    assert own.found(dataSubjectId=person) == []
    (left,) = [
        each
        for each in own.found(traceId=theirs[0]["traceId"])
        if each["spanId"] == theirs[0]["spanId"]
    ]
    activity = theirs[0]["attributes"]["dpl.core.processing_activity_id"]
    assert left == {
        "traceId": theirs[0]["traceId"],
        "spanId": theirs[0]["spanId"],
        "endTime": theirs[0]["endTime"],
        "attributes": {"dpl.core.processing_activity_id": activity},
        "erased": True,
    }


# --- questions that are refused -------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "pointer"),
    [
        ({}, None),
        ({"limit": 5}, None),
        ({"traceId": None}, None),
        ({"traceId": "x"}, "#/traceId"),
        ({"traceId": "AB" * 16}, "#/traceId"),
        ({"traceId": "ab" * 16 + "\n"}, "#/traceId"),
        ({"traceId": ["ab" * 16]}, "#/traceId"),
        ({"traceId": "' OR 1=1 --"}, "#/traceId"),
        ({"dataSubjectId": "Fatima Fictief"}, "#/dataSubjectId"),
        ({"processingActivityId": "javascript:alert(1)"}, "#/processingActivityId"),
        ({"processingActivityId": "https://x.example/" + "a" * 500}, "#/processingActivityId"),
        ({"traceId": "ab" * 16, "limit": 0}, "#/limit"),
        ({"traceId": "ab" * 16, "limit": 501}, "#/limit"),
        ({"traceId": "ab" * 16, "limit": "5"}, "#/limit"),
        ({"traceId": "ab" * 16, "cursor": "-1"}, "#/cursor"),
        ({"traceId": "ab" * 16, "trace_id": "ab" * 16}, "#"),
        ({"traceId": "ab" * 16, "Fatima Fictief": 1}, "#"),
    ],
)
def test_a_question_of_another_form_is_400_and_says_where(
    api: Api, question: dict[str, Any], pointer: str | None
) -> None:
    answered = api.ask(**question)
    said = is_problem(answered, 400)
    places = [each["location"]["pointer"] for each in said.get("errors", [])]
    assert places == ([] if pointer is None else [pointer])
    assert "Fictief" not in answered.text
    assert "OR 1=1" not in answered.text


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'"x"', b"[" * 9000])
def test_what_is_no_question_at_all_is_400(api: Api, content: bytes) -> None:
    headers = {"Authorization": f"Bearer {READER}", "Content-Type": "application/json"}
    is_problem(api.client.post(PATH, content=content, headers=headers), 400)


def test_a_long_body_is_not_read_to_its_end(api: Api) -> None:
    headers = {"Authorization": f"Bearer {READER}", "Content-Type": "application/json"}
    is_problem(api.client.post(PATH, content=b" " * 20_000, headers=headers), 413)
    assert api.found(traceId="ab" * 16) == []


def test_another_form_place_or_verb(api: Api) -> None:
    headers = {"Authorization": f"Bearer {READER}"}
    is_problem(api.client.post(PATH, data={"traceId": "x"}, headers=headers), 415)
    is_problem(api.client.get(PATH, headers=headers), 405)
    is_problem(api.client.get("/", headers=headers), 404)
    is_problem(api.client.get("/docs"), 404)
    is_problem(api.client.post(f"{PATH}/", json={}, headers=headers), 404)


# --- who may -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        f"Bearer {NOBODY}",
        f"Bearer {READER[:-1]}",
        f"Bearer {READER}x",
        f"Bearer {READER} {READER}",
        f"Basic {READER}",
        READER,
        "Bearer " + "a" * 5000,
    ],
)
def test_nobody_without_a_known_token(api: Api, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    before = len(api.told("api.refused")), len(deeds(api.installation))
    answered = api.client.post(PATH, json={"traceId": "ab" * 16}, headers=headers)
    is_problem(answered, 401)
    assert answered.headers["www-authenticate"] == "Bearer"
    assert (len(api.told("api.refused")), len(deeds(api.installation))) == (
        before[0] + 1,
        before[1],
    )


def test_a_token_without_the_scope_is_403_and_on_record(own: Api) -> None:
    answered = own.ask(token=IDLE, traceId="ab" * 16)
    is_problem(answered, 403)
    assert "insufficient_scope" in answered.headers["www-authenticate"]
    (deed,) = deeds(own.installation)
    assert (deed["actor"], deed["result"], deed["detail"]) == ("api stil", "refused", "scope")


def test_the_digest_of_a_token_is_no_token(api: Api) -> None:
    """Whoever reads the configuration cannot call."""
    text = api.installation.file.read_text()
    digest = text.partition('sha256 = "')[2].partition('"')[0]
    assert len(digest) == 64
    is_problem(api.ask(token=digest, traceId="ab" * 16), 401)


def test_the_description_is_open_and_says_what_the_interface_does(api: Api) -> None:
    answered = api.client.get("/v1/openapi.json")
    assert answered.status_code == 200
    assert answered.headers["api-version"] == "1.0.0"
    said = answered.json()
    assert said["info"]["version"] == "1.0.0"
    operation = said["paths"][PATH]["post"]
    assert operation["security"] == [{"bearer": ["log:read"]}]
    asked = operation["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert set(asked) == {"traceId", "processingActivityId", "dataSubjectId", "limit", "cursor"}
    assert {"400", "401", "403", "503"} <= set(operation["responses"])
    assert said["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert set(said["paths"]) == {PATH}


def test_headers_that_keep_an_answer_where_it_is(api: Api) -> None:
    answered = api.ask(traceId="ab" * 16)
    assert answered.headers["cache-control"] == "no-store"
    assert answered.headers["strict-transport-security"]
    assert "server" not in answered.headers


# --- on record -----------------------------------------------------------------------


def test_every_call_is_on_record_with_who_and_what(own: Api) -> None:
    trace = records(own.installation)[0]["trace_id"]
    activity = records(own.installation)[0]["attributes"]["dpl.core.processing_activity_id"]
    person = pseudonym(own.installation, DOSSIERS[0])
    own.ask(traceId=trace)
    own.ask(token=f"{READER}2", dataSubjectId=person)
    own.ask(processingActivityId=activity)
    own.ask(processingActivityId="https://x.example/Fatima-Fictief")
    own.ask(traceId="Fatima Fictief")
    found = deeds(own.installation)
    assert [(each["actor"], each["about"], each["result"], each["detail"]) for each in found] == [
        ("api burgerportaal", trace, "done", "trace"),
        ("api tweede", pseudonym(own.installation, DOSSIERS[0], "audit"), "done", "person"),
        ("api burgerportaal", "/".join(activity.split("/")[-2:]), "done", "activity"),
        ("api burgerportaal", "unknown-activity", "done", "activity"),
        ("api burgerportaal", "processing-activities", "refused", "form"),
    ]
    assert {each["action"] for each in found} == {"log.looked"}
    assert all(each["origin"] and each["at"] > 1764108000000 for each in found)
    assert "Fictief" not in json.dumps(found) + own.log.read_text()


def test_who_looked_stays_answerable_when_the_person_is_erased(own: Api) -> None:
    person = pseudonym(own.installation, DOSSIERS[0])
    looked_at = pseudonym(own.installation, DOSSIERS[0], "audit")
    own.ask(dataSubjectId=person)
    erase(own.installation, DOSSIERS[0])
    assert [each["about"] for each in deeds(own.installation)] == [looked_at]
    assert looked_at != person


def test_what_cannot_be_put_on_record_is_not_answered(own: Api) -> None:
    """No log, no look: here entries are gone from its end."""
    trace = records(own.installation)[0]["trace_id"]

    async def cut_off() -> None:
        config = own.installation.config()
        database = parts.database(config)
        await Sequencer(database, log_key(config)).integrate(datetime.now(UTC))
        async with database.transaction() as connection:
            await unguard(connection, "log_entries")
            await connection.execute(log_entries.delete().where(log_entries.c.seq > 10))
        await database.close()

    asyncio.run(cut_off())
    answered = own.ask(traceId=trace)
    said = is_problem(answered, 503)
    assert answered.headers["retry-after"]
    assert "on record" in said["detail"]
    assert len(own.told("api.unanswered")) == 1


def test_an_altered_entry_is_not_passed_off_as_nothing(own: Api) -> None:
    trace = records(own.installation)[0]["trace_id"]

    async def alter() -> None:
        database = parts.database(own.installation.config())
        async with database.transaction() as connection:
            await unguard(connection, "log_entries")
            theirs = select(log_entries).where(log_entries.c.trace_id == trace)
            row = (await connection.execute(theirs.limit(1))).one()
            spoilt = row.entry[:-1] + bytes([row.entry[-1] ^ 1])
            await connection.execute(
                update(log_entries).where(log_entries.c.seq == row.seq).values(entry=spoilt)
            )
        await database.close()

    asyncio.run(alter())
    is_problem(own.ask(traceId=trace), 500)
    assert len(own.told("api.unanswered")) == 1


async def test_a_bug_is_a_problem_too_and_says_nothing_of_itself() -> None:
    class Broken(Tokens):
        def caller(self, authorization: str | None) -> Caller | None:
            raise RuntimeError("of a bug nobody hears what it says")

    told: list[str] = []
    writer = Writer(lambda event, _, fields: told.append(f"{event} {fields['kind']}"))
    reader = cast("ProcessingReader", None)
    app = application(reader, Broken(()), writer, secure=True)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://localhost") as client:
        is_problem(await client.post(PATH, json={}), 500)
    assert told == ["bug RuntimeError"]


# --- the connection, beginning and end ---------------------------------------------------


def test_nothing_in_plain_text_and_no_old_tls(api: Api) -> None:
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"http://localhost:{api.port}/v1/openapi.json", trust_env=False)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection(("127.0.0.1", api.port), 5) as plain,
        pytest.raises((ssl.SSLError, ConnectionError)),
    ):
        context.wrap_socket(plain)


def test_told_to_stop_it_answers_what_is_in_hand_and_ends_in_order(
    installation: Installation, certificates: Certificates
) -> None:
    api = started(installation, certificates)
    assert api.found(traceId="ab" * 16) == []
    assert api.stop() == 0
    assert [len(api.told(event)) for event in ("api.started", "api.stopped", "bug")] == [1, 1, 0]


def test_without_tls_on_loopback_alone(
    installation: Installation, certificates: Certificates
) -> None:
    api = started(installation, certificates, tls=False)
    try:
        answered = api.ask(traceId="ab" * 16)
        assert answered.status_code == 200
        assert "strict-transport-security" not in answered.headers
    finally:
        assert api.stop() == 0


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]", "192.0.2.1", "localhost", "999.0.0.1"])
def test_beyond_this_machine_it_refuses_to_listen_without_tls(
    installation: Installation, host: str
) -> None:
    with installation.file.open("a") as file:
        file.write(f'[api]\nlisten = "{host}:8443"\n')
    result = installation.run("api", "serve")
    assert result.exit_code == 1
    assert "api" in result.stderr


@pytest.mark.parametrize("host", ["127.0.0.2", "[::1]"])
def test_every_address_of_loopback_will_do(installation: Installation, host: str) -> None:
    with installation.file.open("a") as file:
        file.write(f'[api]\nlisten = "{host}:8443"\n')
    found = installation.config().api
    assert found is not None
    assert found.place == (host.strip("[]"), 8443)


def test_a_key_that_others_can_read_or_no_configuration_keeps_it_from_starting(
    installation: Installation, certificates: Certificates
) -> None:
    result = installation.run("api", "serve")
    assert (result.exit_code, "api: this section is missing" in result.stderr) == (1, True)
    key = installation.folder / "open.key"
    key.write_bytes(certificates.key.read_bytes())
    key.chmod(0o644)
    with installation.file.open("a") as file:
        file.write(f'[api]\ncertificate_file = "{certificates.certificate}"\nkey_file = "{key}"\n')
    result = installation.run("api", "serve")
    assert (result.exit_code, "can be read by others" in result.stderr) == (1, True)


# --- tokens ---------------------------------------------------------------------------


def test_a_new_token_gets_in_by_the_lines_that_were_printed(
    installation: Installation, certificates: Certificates
) -> None:
    made = installation.run("api", "token", "archief", "--scope", "log:read")
    assert made.exit_code == 0
    token = made.stderr.split()[-1]
    assert token not in made.stdout
    api_section = f"[api]\n{made.stdout}"
    again = installation.run("api", "token", "archief", "--scope", "log:read", "--json")
    assert json.loads(again.stdout)["token"] != token
    (said,) = tomllib.loads(api_section)["api"]["token"]
    assert said["scopes"] == ["log:read"]
    assert said["sha256"] == digest_of(token)


@pytest.mark.parametrize(
    "arguments",
    [
        ("Fatima Fictief", "--scope", "log:read"),
        ("archief",),
        ("archief", "--scope", "log:write"),
    ],
)
def test_a_token_needs_a_name_and_a_scope_that_exists(
    installation: Installation, arguments: tuple[str, ...]
) -> None:
    assert installation.run("api", "token", *arguments).exit_code == 2


def test_guessing_takes_as_long_as_the_universe(installation: Installation) -> None:
    made = installation.run("api", "token", "archief", "--scope", "log:read", "--json")
    token: str = json.loads(made.stdout)["token"]
    assert len(token.removeprefix("taalpoort_")) >= len(secrets.token_urlsafe(32))
