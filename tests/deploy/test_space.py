from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from deploy import contents, space
from deploy.__main__ import main
from hum2guitar import UserError

NAME = "anna/guitar"


@pytest.fixture
def converted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses at which an example would have been converted."""
    addresses: list[str] = []
    monkeypatch.setattr(space, "convert_example", lambda address, token: addresses.append(address) or 1.0)
    return addresses


def publish(**options: Any) -> tuple[str, list[str]]:
    told: list[str] = []
    return space.publish(NAME, **options, say=told.append), told


def test_a_new_space_gets_zero_gpu_and_exactly_the_files_of_the_list(hub: Any, converted: list[str]) -> None:
    hub.host = "http://a.space"
    address, told = publish()
    assert address == f"{hub.address}/spaces/{NAME}"
    assert hub.repos["spaces", NAME].hardware == "zero-a10g"
    assert hub.files.keys() == {".gitattributes", "README.md", "requirements.txt", *contents.files()}
    for name, path in contents.files().items():
        assert hub.files[name] == path.read_bytes()
    assert "torch>=2.8,<2.12" in hub.files["requirements.txt"].decode().splitlines()
    assert converted == ["http://a.space"]
    assert "2 minutes without an account" in told[0]


def test_a_second_time_updates_the_space_and_deletes_what_it_no_longer_needs(hub: Any, converted: list[str]) -> None:
    publish(hardware="cpu-basic")
    hub.files["left.py"] = b"over"
    publish()
    assert "left.py" not in hub.files
    assert hub.repos["spaces", NAME].hardware == "cpu-basic"  # which it had
    assert contents.CPU_INDEX in hub.files["requirements.txt"].decode()


def test_a_space_moves_to_other_hardware_where_it_is_asked_for(hub: Any, converted: list[str]) -> None:
    publish(hardware="cpu-basic")
    publish(hardware="zero")
    assert hub.repos["spaces", NAME].hardware == "zero-a10g"
    assert contents.CPU_INDEX not in hub.files["requirements.txt"].decode()


@pytest.mark.parametrize("private", [False, True])
def test_a_new_space_is_private_where_it_is_asked_for(hub: Any, converted: list[str], private: bool) -> None:
    publish(private=private)
    assert hub.repos["spaces", NAME].private == private


def test_rollback_puts_the_previous_revision_back_as_a_new_commit(hub: Any, converted: list[str]) -> None:
    publish()
    before = dict(hub.files)
    hub.repos["spaces", NAME].commits.insert(0, ("1" * 40, before | {"app.py": b"broken", "new.py": b""}))
    space.rollback(NAME, say=lambda _: None)
    assert hub.files == before
    assert len(hub.repos["spaces", NAME].commits) == 4
    assert len(converted) == 2


def test_rollback_without_a_previous_revision_changes_nothing(hub: Any, converted: list[str]) -> None:
    publish()
    with pytest.raises(UserError, match="has no previous revision with the page; nothing was changed"):
        space.rollback(NAME, say=lambda _: None)
    assert len(hub.repos["spaces", NAME].commits) == 2


def test_a_name_that_is_taken_by_another_space_keeps_its_files(hub: Any) -> None:
    publish_other = {".gitattributes": b"", "app.py": b"theirs"}
    hub.answer("POST", "/api/repos/create", b'{"name": "guitar", "organization": "anna", "type": "space"}')
    hub.repos["spaces", NAME].commits.insert(0, ("1" * 40, publish_other))
    with pytest.raises(UserError, match="taken by another Space, whose files would be lost; choose another one"):
        publish()
    assert hub.files == publish_other


@pytest.mark.parametrize(
    ("refused", "status", "hardware", "sentence"),
    [
        ("whoami", 401, None, "does not accept the token; make a token with the right to write"),
        ("repos/create", 403, None, "no right to write to anna/guitar; choose a name under your own account"),
        ("repos/create", 409, None, "the name anna/guitar is taken; choose another one"),
        ("repos/create", 402, "zero", "with a paid plan, use --hardware cpu-basic"),
        ("repos/create", 402, "cpu-basic", "use --hardware zero, which a free account can have"),
        ("repos/create", 402, "t4-small", "needs a payment method; use --hardware zero"),
        ("commit/main", 403, None, "no right to write to anna/guitar"),
        ("whoami", 429, None, "too many requests"),
        ("repos/create", 418, None, r"the Hub refused \(418: refused\); try again later"),
    ],
)
def test_what_the_hub_refuses_is_a_sentence(
    hub: Any, refused: str, status: int, hardware: str | None, sentence: str
) -> None:
    hub.refuses[refused] = status
    with pytest.raises(UserError, match=sentence):
        publish(hardware=hardware)


def test_a_missing_token_is_a_sentence(hub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(UserError, match="there is no token for the Hugging Face Hub; make a token"):
        publish()
    assert not hub.repos


def test_no_network_is_a_sentence(hub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(UserError, match=r"the Hugging Face Hub does not answer \(ConnectError\); check the network"):
        publish()


@pytest.mark.parametrize("name", ["guitar", "a/b/c", "anna/", "anna/gui tar"])
def test_a_name_without_an_owner_is_a_sentence(name: str) -> None:
    with pytest.raises(UserError, match="is not a name on the Hub; give it as owner/name"):
        space.publish(name, say=print)
    assert main(["space", name, "--dry-run"]) == 2


def test_a_hardware_that_the_hub_does_not_have_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["space", NAME, "--hardware", "abacus"]) == 2
    assert "the Hub has no hardware abacus; choose zero, cpu-basic" in capsys.readouterr().err


def test_it_waits_until_the_new_commit_runs(hub: Any, converted: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(space.time, "sleep", lambda _: None)
    hub.stages = [{"sha": "0" * 40}, {"stage": "BUILDING"}, {"stage": "RUNNING_APP_STARTING"}]
    publish()
    assert sum("runtime" in asked for asked in hub.asked) == 4
    assert len(converted) == 1


def test_a_space_that_fails_to_build_is_a_sentence_with_the_last_line_of_its_log(
    hub: Any, converted: list[str]
) -> None:
    hub.stages = [{"stage": "BUILD_ERROR", "errorMessage": "Step 3\nno space left"}]
    with pytest.raises(UserError, match=r"does not run: BUILD_ERROR \(no space left\); .* with --rollback"):
        publish()
    assert not converted


def test_a_space_that_never_runs_is_a_sentence(hub: Any, converted: list[str]) -> None:
    hub.stages = [{"stage": "BUILDING"}]
    with pytest.raises(UserError, match="did not run within -1 s; look at its page"):
        publish(wait_s=-1)


def test_a_dry_run_lists_what_would_be_sent_and_asks_nobody(hub: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["space", NAME, "--dry-run"]) == 0
    *lines, total = capsys.readouterr().out.splitlines()
    listed = {line.split()[1]: int(line.split()[0].replace(",", "")) for line in lines}
    assert listed.keys() == {"README.md", "requirements.txt", *contents.files()}
    assert int(total.split()[0].replace(",", "")) == sum(listed.values()) < 15e6
    assert not [name for name in listed if Path(name).parts[0] in ("tests", "train", "docs")]
    assert not hub.asked
