import pytest

from ewarn.demo.static import SAFE, Files, folder


@pytest.fixture
def files(tmp_path):
    (tmp_path / "index.html").write_text("<p>页</p>", encoding="utf-8")
    (tmp_path / "map.js").write_text("export const a = 1")
    (tmp_path / "secret.py").write_text("no")
    return Files(tmp_path)


def test_the_page_is_at_the_root_and_each_file_at_its_name(files):
    assert files.answer("/").body == files.answer("/index.html?bench=500000").body == "<p>页</p>".encode()
    assert files.answer("/map.js").headers["Content-Type"].startswith("text/javascript")


@pytest.mark.parametrize("path", ["/secret.py", "/../pyproject.toml", "/%2e%2e/x", "/map.js/", "//index.html", ""])
def test_nothing_else_can_be_asked_for(files, path):
    assert files.answer(path).status_code == 404


def test_every_answer_has_the_safe_headers(files):
    for path in ("/", "/none"):
        headers = files.answer(path).headers
        assert all(headers[name] == value for name, value in SAFE.items())
    assert "unsafe" not in SAFE["Content-Security-Policy"]


def test_the_page_names_no_other_host():
    for path in folder().iterdir():
        if path.suffix in (".js", ".html", ".css"):
            text = path.read_text(encoding="utf-8").replace("http://www.w3.org/", "")
            assert "http://" not in text, path
            assert "https://" not in text, path
