"""The configuration edited while Herald is on Discord: what is right holds at once, what is wrong not at all."""

from functools import partial
from pathlib import Path

import pytest

from bot.app import LOOK, opened
from bot.config import Folder
from bot.platforms.discord.platform import Discord
from bot.services import similar
from tests.discord.conftest import ASSISTANTS, running, setup
from tests.discord.people import Person
from tests.discord.server import Server
from tests.discord.state import Channel
from tests.support import Clock, World

HEAD = "title: eBPF\nzone: Asia/Shanghai\nlanguage: en\nplan: {first: 2022-Q2}\n"
STAFF = f"staff: {{assistants: ['discord-role:{ASSISTANTS}']}}\n"


class Files:
    """What people write into the folder of the configuration."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "courses").mkdir(parents=True)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """A folder with a course that has no staff."""
    files = Files(tmp_path / "config")
    files.write("courses/ebpf.yaml", HEAD)
    return files


async def test_what_is_edited_holds_without_a_restart_and_what_is_wrong_does_not(
    url: str, server: Server, clock: Clock, general: Channel, files: Files, caplog: pytest.LogCaptureFixture
) -> None:
    folder, guild = Folder(files.folder), general.guild or 0
    async with (
        opened(url, folder.config.courses) as herald,
        running(Discord(setup(herald, server, clock, (guild,))), server),
    ):
        ta = Person(server, guild, general, "ta", roles=(ASSISTANTS,))
        assert "/review is for assistants and the instructor only" in (await ta.slash("review")).plain

        files.write("courses/ebpf.yaml", f"{HEAD}{STAFF}survey: https://example.org/new\n")
        assert await herald.follow(folder, clock()) == clock() + LOOK
        assert "Nothing waits for review" in (await ta.slash("review")).text
        assert "https://example.org/new" in (await ta.slash("survey")).text

        files.write("courses/ebpf.yaml", f"{HEAD}staff: {{asistants: []}}\n")
        await herald.follow(folder, clock())
        await herald.follow(folder, clock())
        [complaint] = caplog.messages
        assert "was not taken" in complaint
        assert "ebpf.yaml: staff.asistants: is not a key; you may have meant assistants." in complaint
        assert "Nothing waits for review" in (await ta.slash("review")).text

        files.write("courses/ebpf.yaml", HEAD)
        await herald.follow(folder, clock())
        assert "/review is for assistants and the instructor only" in (await ta.slash("review")).plain


async def test_what_is_wrong_is_in_the_log_in_the_courses_language(
    world: World, clock: Clock, files: Files, caplog: pytest.LogCaptureFixture
) -> None:
    folder = Folder(files.folder)
    files.write("courses/ebpf.yaml", f"{HEAD}colour: red\n")
    await world.herald.follow(folder, clock())
    [complaint] = caplog.messages
    assert complaint.startswith("配置的改动没有生效")
    assert "ebpf.yaml: colour: 没有这个键" in complaint
    assert "\n" not in complaint


async def test_other_terms_find_what_was_asked_before(world: World, clock: Clock, files: Files) -> None:
    await world.member("lin")("/ask 验证器的日志在哪里看？")
    look = partial(similar.similar, text="Where is the verifier log?")
    folder, herald = Folder(files.folder), world.herald
    assert await world.database.read(lambda tx: look(tx, herald.course)) == []
    files.write("terms.yaml", "verifier: 验证器\nlog: 日志\n")
    await herald.follow(folder, clock())
    assert [each.topic for each in await world.database.read(lambda tx: look(tx, herald.course))] == [1]


async def test_what_needs_a_restart_says_so_and_the_rest_holds(
    world: World, clock: Clock, files: Files, caplog: pytest.LogCaptureFixture
) -> None:
    folder, site = Folder(files.folder), world.herald.site((), demo=True)
    files.write("courses/another.yaml", HEAD)
    files.write("courses/ebpf.yaml", f"{HEAD}survey: https://example.org/new\n")
    await world.herald.follow(folder, clock())
    assert "holds from the next start on" in caplog.messages[0]
    assert list(world.herald.courses) == ["ebpf"]
    assert (await world.member("lin")("/survey")).url == site.course.survey == "https://example.org/new"
    files.write("herald.yaml", "discord: {guilds: ['5']}\n")
    (files.folder / "courses" / "another.yaml").unlink()
    await world.herald.follow(folder, clock())
    assert len(caplog.messages) == 2
