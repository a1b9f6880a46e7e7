"""The chat's addresses, over a real server and a real database."""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession, ClientTimeout

from bot.core.chat import File, Reply, Role
from bot.web.language import wished
from bot.words import words_in

from .conftest import Bench, running

FIRST = "11111111-0000"
LONG = "Why does the kernel copy the page twice?"


async def call(client: ClientSession, who: str, id_: str = FIRST, **what: Any) -> dict[str, Any]:
    async with client.post("/call", json={"id": id_, "as": who, **what}) as response:
        said: dict[str, Any] = await response.json()
        return said | {"status": response.status}


class Tab:
    """An open stream, as an EventSource reads it."""

    def __init__(self, response: ClientResponse) -> None:
        self._response = response

    async def next(self, kind: str = "message") -> Any:
        """The data of the next event of a kind."""
        found, data = "message", ""
        async for raw in self._response.content:
            line = raw.decode().rstrip("\n")
            if not line:
                if data and found == kind:
                    return json.loads(data) if kind == "message" else data
                found, data = "message", ""
            name, _, value = line.partition(": ")
            found = value if name == "event" else found
            data = value if name == "data" else data
        raise EOFError


@asynccontextmanager
async def tab(client: ClientSession, who: str, **headers: str) -> AsyncIterator[Tab]:
    timeout = ClientTimeout(total=10)
    async with client.get(
        f"/events?as={who}&after=0", headers=headers, timeout=timeout, read_bufsize=2**21
    ) as response:
        assert response.content_type == "text/event-stream"
        yield Tab(response)


async def test_a_typed_line_is_answered_and_kept_for_that_person_alone(bench: Bench, client: ClientSession) -> None:
    said = await call(client, "ann", line=f"/ask {LONG}")
    assert said["reply"]["title"] == "已收录 #1"
    assert said["line"] == f"/ask {LONG}"
    assert said["call"] == FIRST
    assert await bench.log("local:ann") == [f"/ask {LONG}"]
    assert await bench.log("local:xiaowang") == []


async def test_a_button_shows_as_the_line_it_stands_for(client: ClientSession) -> None:
    said = await call(client, "ann", command="topics", args={"state": "candidate", "page": "2"})
    assert said["line"] == "/话题 候选"
    assert "page: 2" in said["reply"]["text"]


async def test_plain_talk_runs_nothing_and_offers_to_ask_it(bench: Bench, client: ClientSession) -> None:
    said = await call(client, "ann", line="今天的文章真好")
    buttons = said["reply"]["buttons"]
    assert [button["command"] for button in buttons] == ["ask", "help"]
    assert buttons[0]["args"] == {"text": "今天的文章真好"}
    assert said["reply"]["private"]
    assert bench.acted == []


async def test_a_line_that_cannot_be_read_is_kept_and_explained(bench: Bench, client: ClientSession) -> None:
    said = await call(client, "ann", line="/nonsense")
    assert said["status"] == 200
    assert said["reply"]["error"] == "unknown_command"
    assert await bench.log("local:ann") == ["/nonsense"]


async def test_the_same_id_again_does_and_keeps_one_thing(bench: Bench, client: ClientSession) -> None:
    posts = [call(client, "ann", line=f"/ask {LONG}") for _ in range(5)]
    said = await asyncio.gather(*posts)
    said.append(await call(client, "ann", line=f"/ask {LONG}"))
    assert len({one["seq"] for one in said}) == 1
    assert await bench.log("local:ann") == [f"/ask {LONG}"]


async def test_an_id_counts_within_one_person_so_nobody_gets_anothers_reply(
    bench: Bench, client: ClientSession
) -> None:
    await call(client, "ann", line="/ask my secret question")
    said = await call(client, "xiaowang", line="/help")
    assert "secret" not in json.dumps(said)
    assert [made.command for made in bench.acted] == ["ask", "help"]


@pytest.mark.parametrize(
    "claim",
    ["Instructor", "INSTRUCTOR", "ｉｎｓｔｒｕｃｔｏｒ", "іnstructor", "instructor.", "local:instructor"],
)
async def test_look_alikes_of_staff_are_members(bench: Bench, client: ClientSession, claim: str) -> None:
    said = await call(client, claim, command="announce", args={"text": LONG, "to": "group"})
    assert said["reply"]["error"] == "not_allowed"
    assert bench.acted == []


@pytest.mark.parametrize(
    "claim", [" instructor", "instructor\u200b", "\u202einstructor", "assistant\n", "\ufeffassistant", "陈老师"]
)
async def test_a_name_of_staff_and_a_disguise_that_cleaning_would_take_off_are_refused(
    bench: Bench, client: ClientSession, claim: str
) -> None:
    said = await call(client, claim, line="/announce text to everybody")
    assert said["status"] == 422
    assert "讲师或助教" in said["error"]["text"]
    assert bench.acted == []


async def test_a_role_comes_from_the_servers_list_only(bench: Bench, client: ClientSession) -> None:
    said = await call(
        client, "ann", command="announce", args={"text": LONG, "to": "group"}, role=2, person="local:instructor"
    )
    assert said["reply"]["error"] == "not_allowed"
    said = await call(client, "instructor", command="announce", args={"text": LONG, "to": "group"})
    assert said["reply"]["error"] is None
    assert [made.role for made in bench.acted] == [Role.INSTRUCTOR]


@pytest.mark.parametrize("claim", ["", "   ", "\u200b", "x" * 31, "\U000e0001"])
async def test_what_is_no_name_is_refused_in_a_sentence(client: ClientSession, claim: str) -> None:
    said = await call(client, claim, line="/help")
    assert said["status"] == 422
    assert said["error"]["text"]


async def test_the_menu_holds_what_the_person_may_run_in_their_language_and_who_else_may(
    client: ClientSession,
) -> None:
    async def menu(who: str, language: str) -> dict[str, tuple[str, str]]:
        async with client.get(f"/?as={who}", headers={"Accept-Language": language}) as response:
            found = re.search(r'<script id="data" type="application/json">(.*?)</script>', await response.text(), re.S)
            assert found
            commands = json.loads(found.group(1))["commands"]
            return {command["key"]: (command["name"], command["role"]) for command in commands}

    assert "announce" not in await menu("ann", "en")
    assert "announce" not in await menu("assistant", "en")
    assert (await menu("instructor", "en"))["announce"] == (words_in("en")("announce.name"), "Instructor")
    assert (await menu("instructor", "zh-CN"))["answer"] == (words_in("zh-CN")("answer.name"), "讲师和助教")
    assert (await menu("ann", "zh-CN"))["ask"] == (words_in("zh-CN")("ask.name"), "")


async def test_what_people_wrote_stays_text_in_the_page(client: ClientSession) -> None:
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
    await call(client, "ann", line=evil)
    async with client.get("/?as=ann") as response:
        page = await response.text()
    assert page.count("<script") == 2
    assert "<img src=x" not in page
    async with client.get("/", params={"as": "<b onmouseover=alert(1)>x</b>"}) as response:
        assert "<b onmouseover" not in await response.text()


async def test_two_tabs_hear_at_once_what_another_process_says_to_everybody(
    bench: Bench, client: ClientSession
) -> None:
    async with tab(client, "ann") as ann, tab(client, "xiaowang") as wang:
        (seq,) = await bench.announce("第 18 篇来了")
        for one in (ann, wang):
            said = await one.next()
            assert (said["seq"], said["reply"]["text"], said["mine"]) == (seq, "第 18 篇来了", False)


async def test_another_tab_of_the_same_person_hears_and_other_people_do_not(
    bench: Bench, client: ClientSession
) -> None:
    async with tab(client, "ann") as ann, tab(client, "xiaowang") as wang:
        await call(client, "ann", line=f"/ask {LONG}")
        assert (await ann.next())["line"] == f"/ask {LONG}"
        await bench.announce("for all")
        assert (await wang.next())["reply"]["text"] == "for all"


async def test_a_stream_that_comes_back_gets_what_it_missed_and_nothing_twice(
    bench: Bench, client: ClientSession
) -> None:
    async with tab(client, "ann") as ann:
        await bench.announce("one")
        last = (await ann.next())["seq"]
    for n in range(120):
        await bench.announce(f"missed {n}")
    async with tab(client, "ann", **{"Last-Event-ID": str(last)}) as ann:
        assert [(await ann.next())["reply"]["text"] for _ in range(120)] == [f"missed {n}" for n in range(120)]


async def test_a_tab_that_is_closed_while_it_connects_is_no_error(
    bench: Bench, client: ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", bench.port)) as closed:
            closed.sendall(f"GET /events?as=ann&after=0 HTTP/1.1\r\nHost: 127.0.0.1:{bench.port}\r\n\r\n".encode())
    async with tab(client, "ann") as ann:
        await bench.announce("to those who stay")
        await ann.next()
    assert caplog.text == ""


async def test_a_tab_that_does_not_read_holds_up_nobody(bench: Bench, client: ClientSession) -> None:
    with socket.create_connection(("127.0.0.1", bench.port)) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.sendall(f"GET /events?as=ann&after=0 HTTP/1.1\r\nHost: 127.0.0.1:{bench.port}\r\n\r\n".encode())
        async with tab(client, "xiaowang") as wang:
            for n in range(10):
                await bench.announce(f"{n} " + "x" * 800_000)
            for n in range(10):
                assert (await wang.next())["reply"]["text"].startswith(f"{n} ")
        before = monotonic()
        await bench.stop()
        assert monotonic() - before < 1


async def test_a_chosen_language_reaches_the_open_tabs(client: ClientSession) -> None:
    async with tab(client, "ann", **{"Accept-Language": "zh-CN"}) as ann:
        await call(client, "ann", line="/language en")
        assert await ann.next("locale") == "en"


async def test_closing_ends_open_streams_within_a_second(file: Path, port: int) -> None:
    async with running(file, port) as bench, ClientSession(bench.url) as client, tab(client, "ann") as ann:
        await bench.announce("hello")
        await ann.next()
        before = monotonic()
        await bench.stop()
        assert monotonic() - before < 1
        with pytest.raises(EOFError):
            await ann.next()


async def test_older_messages_come_by_the_page(bench: Bench, client: ClientSession) -> None:
    numbers = await bench.announce(*map(str, range(60)))
    async with client.get(f"/history?as=ann&before={numbers[-1]}") as response:
        said = await response.json()
    assert [entry["seq"] for entry in said["entries"]] == numbers[9:59]
    assert said["more"]
    async with client.get(f"/history?as=ann&before={numbers[9]}") as response:
        said = await response.json()
    assert [entry["seq"] for entry in said["entries"]] == numbers[:9]
    assert not said["more"]


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "0.0.0.0", "a@127.0.0.1", "", "[::2]"],
)
async def test_a_foreign_host_is_refused(client: ClientSession, host: str) -> None:
    async with client.get("/", headers={"Host": host}) as response:
        assert response.status == 403


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:1234", "LOCALHOST", "[::1]:80"])
async def test_every_name_of_this_computer_is_served(client: ClientSession, host: str) -> None:
    async with client.get("/", headers={"Host": host, "Origin": f"http://{host}"}) as response:
        assert response.status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example"},
    ],
)
async def test_a_post_from_elsewhere_does_nothing(bench: Bench, headers: dict[str, str]) -> None:
    async with ClientSession(bench.url) as stranger:
        post = {"id": FIRST, "as": "instructor", "line": "/help"}
        async with stranger.post("/call", json=post, headers=headers) as response:
            assert response.status == 403
            assert (await response.json())["error"]["text"]
    assert bench.acted == []


async def test_another_site_cannot_read_the_chat(client: ClientSession) -> None:
    for path in ("/history?as=ann&before=9", "/news?as=ann&after=0", "/events?as=ann&after=0"):
        async with client.get(path, headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}) as response:
            assert response.status == 403


@pytest.mark.parametrize(
    ("body", "type_", "status"),
    [
        ("{}", "text/plain", 415),
        ("{}", "application/x-www-form-urlencoded", 415),
        ("{}", "application/json", 400),
        ("[]", "application/json", 400),
        ("{", "application/json", 400),
        ("[" * 60000, "application/json", 400),
        ('"\\ud800"', "application/json", 400),
        (json.dumps({"id": "x", "as": "ann", "line": "/help"}), "application/json", 400),
        (json.dumps({"id": FIRST, "as": "ann", "line": " \u200b "}), "application/json", 400),
        (json.dumps({"id": FIRST, "as": "ann", "line": 7}), "application/json", 400),
        (json.dumps({"id": FIRST, "as": "ann", "command": "ask", "args": {"text": 7}}), "application/json", 400),
        (json.dumps({"id": FIRST, "as": "ann", "command": "ask", "args": []}), "application/json", 400),
        (json.dumps({"id": FIRST, "as": "ann", "line": "x" * 65536}), "application/json", 413),
    ],
)
async def test_a_bad_body_is_refused_in_a_sentence(client: ClientSession, body: str, type_: str, status: int) -> None:
    async with client.post("/call", data=body, headers={"Content-Type": type_}) as response:
        assert response.status == status
        assert (await response.json())["error"]["text"]


async def test_half_characters_and_nulls_are_kept_as_text(bench: Bench, client: ClientSession) -> None:
    body = json.dumps({"id": FIRST, "as": "ann", "line": "a\ud800b\0c"})
    async with client.post("/call", data=body, headers={"Content-Type": "application/json"}) as response:
        assert response.status == 200
    assert await bench.log("local:ann") == ["a\ufffdbc"]


async def test_a_failure_inside_is_a_sentence_with_an_id_that_is_in_the_log(
    bench: Bench, client: ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    bench.broken = True
    said = await call(client, "ann", line="/help")
    assert said["status"] == 500
    assert said["error"]["id"] in caplog.text
    assert "fire" not in json.dumps(said)


async def test_a_missing_page_and_a_wrong_method_are_sentences(client: ClientSession) -> None:
    html = {"Accept": "text/html", "Accept-Language": "en"}
    async with client.get("/nowhere", headers=html) as response:
        assert response.status == 404
        assert "There is no such page" in await response.text()
    async with client.get("/call", headers=html) as response:
        assert (response.status, response.headers["Allow"]) == (405, "POST")
        assert "cannot be done here" in await response.text()
    async with client.get("/static/x/..%2fchat.py") as response:
        assert response.status == 404


async def test_every_answer_is_strict_about_where_things_come_from(client: ClientSession) -> None:
    for path in ("/", "/?as=ann", "/static/x/chat.js", "/nowhere"):
        async with client.get(path) as response:
            assert response.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self';")
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Referrer-Policy"] == "no-referrer"


async def test_a_file_can_be_taken_away_by_those_who_may_see_its_message(bench: Bench, client: ClientSession) -> None:
    reply = Reply("Here it is.", file=File("2026-Q4.md", "# 提纲\n<b>"))
    seq = await bench.keep("ann", reply)
    async with client.get(f"/files/{seq}?as=ann") as response:
        assert (await response.text(), response.content_type) == ("# 提纲\n<b>", "text/plain")
        assert response.headers["Content-Disposition"] == "attachment; filename*=UTF-8''2026-Q4.md"
    nothing = await bench.keep("ann", Reply("No file."))
    for path in (f"/files/{seq}?as=xiaowang", f"/files/{nothing}?as=ann", "/files/99?as=ann"):
        async with client.get(path) as response:
            assert response.status == 404
    async with client.get("/files/x?as=ann") as response:
        assert response.status == 400


async def test_scripts_are_kept_by_the_browser_until_they_change(client: ClientSession) -> None:
    async with client.get("/?as=ann") as response:
        (script,) = re.findall(r'src="(\S+/chat\.js)"', await response.text())
    async with client.get(script) as response:
        assert response.content_type == "text/javascript"
        assert "immutable" in response.headers["Cache-Control"]
    async with client.get("/static/earlier/chat.js") as response:
        assert response.headers["Cache-Control"] == "no-cache"
        tag = response.headers["ETag"]
    async with client.get("/static/earlier/chat.js", headers={"If-None-Match": tag}) as response:
        assert response.status == 304


def test_the_languages_a_browser_asks_for_are_weighed() -> None:
    assert wished("fr-FR,fr;q=0.9,en;q=0.8,zh;q=0.9") == "zh-CN"
    assert wished("en-GB,zh-CN;q=0.9") == "en"
    assert wished("de, *;q=0.5") is None
    assert wished("en;q=0, zh;q=x") is None
    assert wished(None) is None


async def test_the_card_above_the_chat_comes_with_the_page_and_follows_every_change(
    bench: Bench, client: ClientSession
) -> None:
    async with tab(client, "ann", **{"Accept-Language": "en"}) as open_tab:
        await bench.pin("Expected in December.\n\nMost asked: #1")
        assert "Expected in December." in await open_tab.next("card")
        async with client.get("/?as=ann") as response:
            assert re.search(r'<details id="card">.*<small>Expected in December\.</small>', await response.text(), re.S)
        await bench.pin("Confirmed: December 24.")
        assert "Confirmed: December 24." in await open_tab.next("card")
        async with client.get("/news?as=xiaowang&after=0") as response:
            assert (await response.json())["card"]["text"] == "Confirmed: December 24."
