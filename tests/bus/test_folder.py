"""The folder that `ewarn bus keys` makes: what is in it, who may read it, and what is said where it cannot be made."""

import datetime as dt
import re
import shutil
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509

from ewarn.bus import certificates, keys
from ewarn.bus.lines import NamedLine, parse_line
from ewarn.bus.roles import role
from ewarn.bus.server_files import server_file
from ewarn.cli import main
from ewarn.errors import InputError

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
SERVERS = [
    path for path in ("/usr/sbin/nats-server", str(Path(sys.executable).with_name("nats-server"))) if shutil.which(path)
]
PRIVATE = ["b1/b1.key", "b2/b2.key", "ca.key", "centre.nk", "conductor.nk", "g1.nk", "g2.nk", "g3.nk", "swarm.nk"]
PUBLIC = ["b1/b1.conf", "b1/b1.pem", "b2/b2.conf", "b2/b2.pem", "ca.pem"]


def run(*words):
    done = CliRunner().invoke(main, ["bus", "keys", *map(str, words)])
    return done.exit_code, done.output


def contents(where):
    return {str(path.relative_to(where)): path.read_bytes() for path in where.rglob("*") if path.is_file()}


@pytest.fixture
def made(tmp_path):
    assert run(tmp_path / "bus")[0] == 0
    return tmp_path / "bus"


def test_secrets_are_their_owner_s_alone_and_no_server_s_folder_has_another_s(made):
    assert sorted(contents(made)) == sorted(PRIVATE + PUBLIC)
    assert [made.joinpath(name).stat().st_mode & 0o777 for name in PRIVATE] == [0o600] * len(PRIVATE)
    assert made.stat().st_mode & 0o077 == 0
    seeds = [text for name, text in contents(made).items() if name.endswith(".nk")]
    assert len(set(seeds)) == len(seeds)
    for name in ("b1", "b2"):
        text = (made / name / f"{name}.conf").read_text()
        assert not [one for one in seeds if one.decode().strip() in text]
        assert text.count("nkey: U") == len(seeds)


def test_what_is_there_is_not_written_over(made):
    before = contents(made)
    code, said = run(made)
    assert (code, said) == (
        2,
        f"ewarn: {made}/ca.pem already exists; name another folder, or --add, --renew or --new-key\n",
    )
    assert contents(made) == before


def test_a_certificate_is_for_its_names_and_addresses_and_lasts_as_said():
    signer = certificates.authority(NOW)
    pair = certificates.server(signer, ("b1", "10.0.0.1", "fd00::1", "b1.example.org"), NOW, 90)
    one = pair.certificate
    one.verify_directly_issued_by(signer.certificate)
    assert certificates.hosts_of(pair.pem()) == ("b1", "10.0.0.1", "fd00::1", "b1.example.org")
    assert one.not_valid_after_utc - NOW == dt.timedelta(days=90)
    assert one.not_valid_before_utc < NOW
    assert not one.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert certificates.loaded(signer.pem(), signer.key_pem()).certificate == signer.certificate


def test_no_certificate_lasts_longer_than_its_authority_s():
    signer = certificates.authority(NOW)
    ends = signer.certificate.not_valid_after_utc
    assert certificates.server(signer, ("b1",), ends - dt.timedelta(days=1)).certificate.not_valid_after_utc == ends
    with pytest.raises(InputError, match="authority ended on 20"):
        certificates.server(signer, ("b1",), ends)


def test_a_server_is_added_and_knows_the_same_keys(made):
    before = contents(made)
    code, said = run(made, "--add", "--line", "b3=10.0.0.3:4333", "--at", "/etc/bus", "--store", "/var/bus")
    assert code == 0
    assert "nats-server -c /etc/bus/b3.conf" in said
    text = (made / "b3" / "b3.conf").read_text()
    for place in ('"/etc/bus/b3.pem"', '"/etc/bus/b3.key"', '"/var/bus/b3"', "port: 4333"):
        assert place in text
    assert contents(made).items() > before.items()
    accounts = [(made / name / f"{name}.conf").read_text().partition("accounts {")[2] for name in ("b1", "b3")]
    assert accounts[0] == accounts[1]
    assert run(made, "--add", "--line", "b3")[0] == 2


def test_new_certificates_are_for_the_same_hosts_by_the_same_authority_and_nothing_else_changes(made):
    before = contents(made)
    assert run(made, "--renew", "--days", 30)[0] == 0
    after = contents(made)
    assert {name for name in after if after[name] != before[name]} == {
        "b1/b1.pem",
        "b1/b1.key",
        "b2/b2.pem",
        "b2/b2.key",
    }
    for name in ("b1", "b2"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(made / name / f"{name}.pem", made / name / f"{name}.key")
        one = x509.load_pem_x509_certificate(after[f"{name}/{name}.pem"])
        one.verify_directly_issued_by(x509.load_pem_x509_certificate(after["ca.pem"]))
        assert certificates.hosts_of(after[f"{name}/{name}.pem"]) == (name,)
        assert one.not_valid_after_utc - dt.datetime.now(dt.UTC) < dt.timedelta(days=30)


def older(folder):
    """The servers' files as they were before gateways were asked for journals, and messages of swarms were as large."""
    for name in ("b1", "b2"):
        file = folder / name / f"{name}.conf"
        lines = [
            re.sub(r', "ewarn\.noted[^"]*"', "", line)
            for line in file.read_text().splitlines(keepends=True)
            if not re.match(r" *\{ stream: .*ewarn\.noted", line)
        ]
        file.write_text("".join(lines).replace("524288", "65536"))


def test_servers_files_of_an_older_version_are_brought_up_to_this_one_with_the_same_keys(made):
    assert run(made, "--add", "--gateway", "g4", "--line", "b3=127.0.0.1")[0] == 0
    (made / "g2.nk").rename(made / "elsewhere")  # each may be on its host alone
    before = contents(made)
    older(made)
    assert contents(made)["b1/b1.conf"] != before["b1/b1.conf"] and b"noted" not in contents(made)["b1/b1.conf"]
    code, said = run(made, "--renew")
    assert (code, "b1 and b2 have a new .conf" in said, "--signal reload" in said) == (0, True, True), said
    after = contents(made)
    assert {name for name in after if after[name] != before[name]} == {
        f"{one}/{one}.{end}" for one in ("b1", "b2") for end in ("pem", "key")
    }


def test_a_server_on_this_machine_alone_has_no_certificate_to_renew_and_its_file_all_the_same(tmp_path):
    folder = tmp_path / "bus"
    assert run(folder, "--line", "b1=127.0.0.1", "--line", "b2=127.0.0.1:4223")[0] == 0
    before = contents(folder)
    code, said = run(folder, "--renew")
    assert (code, said.count("\n")) == (2, 1)
    assert "no server with a certificate, and their files are this version's" in said
    older(folder)
    assert run(folder, "--renew")[0] == 0
    assert contents(folder) == before


def test_a_servers_file_that_is_none_of_ours_is_not_made_anew(made):
    (made / "b2" / "b2.conf").write_text("port: 4222\n")
    before = contents(made)
    code, said = run(made, "--renew")
    assert (code, said) == (2, f"ewarn: --renew: {made}/b2/b2.conf: no file that ewarn bus keys made; make all anew\n")
    assert contents(made) == before


def test_a_stolen_key_is_replaced_in_all_servers_files(made):
    before = contents(made)
    assert run(made, "--new-key", "g2")[0] == 0
    after = contents(made)
    assert {name for name in after if after[name] != before[name]} == {"g2.nk", "b1/b1.conf", "b2/b2.conf"}
    old, new = (keys.public(one["g2.nk"].decode().strip()) for one in (before, after))
    for name in ("b1/b1.conf", "b2/b2.conf"):
        assert after[name].decode() == before[name].decode().replace(old, new)


def test_a_key_that_is_not_there_is_not_replaced(made):
    before = contents(made)
    code, said = run(made, "--new-key", "g11")
    said_of = "'g11' is not one of centre, conductor, g1, g2, g3, swarm; did you mean g1?"
    assert (code, said) == (2, f"ewarn: --new-key: {said_of}\n")
    assert contents(made) == before


def test_a_gateway_is_added_to_all_servers_and_nothing_else_changes(made):
    before = contents(made)
    code, said = run(made, "--add", "--gateway", "g4", "--gateway", "g5")
    assert (code, "g4.nk" in said, "b1 and b2" in said) == (0, True, True), said
    after = contents(made)
    assert after.keys() - before.keys() == {"g4.nk", "g5.nk"}
    assert {name for name in before if after[name] != before[name]} == {"b1/b1.conf", "b2/b2.conf"}
    for name in ("b1", "b2"):
        lines = (made / name / f"{name}.conf").read_text().splitlines()
        assert sum('"ewarn.hosts.g4"' in line and "publish" in line for line in lines) == 1
        old = before[f"{name}/{name}.conf"].decode().splitlines()
        assert [line for line in lines if line in old] == [
            line for line in lines if "g4" not in line and "g5" not in line and line in old
        ]
    assert run(made, "--add", "--line", "b3")[0] == 0
    accounts = [(made / name / f"{name}.conf").read_text().partition("accounts {")[2] for name in ("b1", "b3")]
    assert sorted(accounts[0].splitlines()) == sorted(accounts[1].splitlines())
    assert run(made, "--add", "--gateway", "g4")[0] == 2


def test_a_server_is_not_added_that_would_not_know_a_gateway(made):
    (made / "g2.nk").unlink()
    code, said = run(made, "--add", "--line", "b3")
    assert (code, f"{made}/b1/b1.conf has a key that no .nk file" in said) == (2, True), said
    assert not (made / "b3").exists()
    assert run(made, "--add", "--gateway", "g4")[0] == 0


def test_a_gateway_is_not_added_where_a_server_s_file_does_not_say_where(made):
    file = made / "b2" / "b2.conf"
    file.write_text(file.read_text().replace("# Here", "# there"))
    before = contents(made)
    code, said = run(made, "--add", "--gateway", "g4")
    assert (code, str(file) in said, said.count("\n")) == (2, True, 1), said
    assert contents(made) == before


@pytest.mark.parametrize("path", SERVERS or [pytest.param("", marks=pytest.mark.skip("no nats-server"))])
@pytest.mark.parametrize(
    "lines", [["--line", "b1=127.0.0.1", "--line", "b2=[::1]:4223"], ["--line", "b1=b1.example.org"]]
)
def test_nats_server_takes_the_files(tmp_path, path, lines):
    where = tmp_path / 'a "strange"\\ folder $X'
    assert run(where, *lines)[0] == 0
    for file in where.glob("*/*.conf"):
        done = subprocess.run([path, "-t", "-c", file], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_a_server_on_loopback_has_no_tls_unless_it_is_wanted():
    near, secure = parse_line("b1=127.0.0.1"), parse_line("b1=127.0.0.1", tls_here=True)
    assert (near.url, secure.url) == ("nats://127.0.0.1", "tls://127.0.0.1")
    public = {role("centre"): "UX"}
    assert "tls {" not in server_file(near, public, "/etc", "/var")
    assert "tls {" in server_file(secure, public, "/etc", "/var")
    assert '\nhost: "127.0.0.1"\n' in server_file(near, public, "/etc", "/var")
    assert '\nhost: "0.0.0.0"\n' in server_file(parse_line("b1=127.0.0.1,b1"), public, "/etc", "/var")


def test_lines_as_they_are_named():
    assert parse_line("b1") == NamedLine("b1", ("b1",))
    assert parse_line("b1=10.0.0.1, b1.example.org:4300").port == 4300
    assert parse_line("b1=fd00::1").url == "tls://[fd00::1]"
    assert parse_line("b1=[fd00::1]:4300").url == "tls://[fd00::1]:4300"
    assert parse_line("b1=b1,b1,10.0.0.1").hosts == ("b1", "10.0.0.1")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--line", "B1"], "--line: expected NAME or NAME=ADDRESS,..., NAME of a-z, 0-9 and -, got 'B1'"),
        (["--line", "../b1"], "NAME of a-z"),
        (["--line", ""], "NAME of a-z"),
        (["--line", "b1="], "--line b1: expected a name or an address of a host, got ''"),
        (["--line", "b1=a b"], "--line b1: expected a name or an address of a host, got 'a b'"),
        (["--line", "b1=a:x"], "--line b1: expected HOST:PORT"),
        (["--line", "b1=a:0"], "--line b1: expected a port from 1 to 65535, got 0"),
        (["--line", "b1=a:1,b:2"], "--line: b1 has the ports 1, 2; a server has one"),
        (["--line", "b1=x", "--line", "b1=y"], "--line: b1 is there twice"),
        (["--line", "b1=x", "--line", "b2=x"], "--line: b1 and b2 are both x:4222; two lines are two servers"),
        (["--line", "b1", "--line", "b2", "--line", "b3"], "--line: 3 are given; the bus has one or two"),
        (["--add"], "--add: name the new servers by --line, new gateways by --gateway"),
        (["--gateway", "G1"], "--gateway: expected up to 63 of a-z, 0-9 and -, got 'G1'"),
        (["--gateway", "../g1"], "--gateway: expected up to 63"),
        (["--gateway", "centre"], "--gateway: centre is a role; call the gateway something else"),
        (["--gateway", "g1", "--gateway", "g1"], "--gateway: g1 is there twice"),
        (["--new-key", "g1", "--gateway", "g1"], "--gateway: goes with no --new-key"),
        (["--add", "--gateway", "g1"], "the authority's key: cannot read"),
        (["--add", "--renew"], "--add, --renew and --new-key: give one of them"),
        (["--renew", "--line", "b1"], "--line: goes with no --renew"),
        (["--renew"], "the authority's key: cannot read"),
        (["--add", "--line", "b1"], "the authority's key: cannot read"),
        (["--new-key", "g1"], "has no keys of the bus"),
    ],
)
def test_what_cannot_be_is_said_in_a_line_and_leaves_nothing(tmp_path, words, said):
    code, told = run(tmp_path / "bus", *words)
    assert (code, said in told, told.count("\n")) == (2, True, 1), told
    assert not (tmp_path / "bus").exists()


def test_a_folder_that_cannot_be_had_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    assert run(tmp_path / "file") == (2, f"ewarn: cannot write keys to {tmp_path}/file (not a folder)\n")


def test_a_disk_that_is_full_leaves_no_half_of_it(tmp_path):
    code = "import resource, signal, sys; from pathlib import Path; from ewarn.bus import folder; "
    code += "from ewarn.bus.lines import NamedLine; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    code += "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)); "
    code += "folder.make(Path(sys.argv[1]), [NamedLine('b1', ('b1',))])"
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "bus"], capture_output=True, text=True)
    assert done.stderr.splitlines()[-1].endswith(f"cannot write keys to {tmp_path}/bus (File too large)")
    assert contents(tmp_path) == {}


@pytest.mark.parametrize("name", ["ca.pem", "b1/b1.pem", "g1.nk"])
def test_files_that_were_spoilt_are_named(made, name):
    (made / name).write_bytes(b"\xff nothing of the kind")
    verb = ["--new-key", "g1"] if name.endswith(".nk") else ["--renew"]
    code, said = run(made, *verb)
    assert (code, str(made / name) in said, said.count("\n")) == (2, True, 1), said
