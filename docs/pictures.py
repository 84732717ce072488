"""Take the README's pictures from a run of ``hecha demo``: the county page, a township workbook, the terminal.

Usage: ``python docs/pictures.py DEMO_FOLDER TERMINAL.txt`` with the folder that ``hecha demo`` wrote and what it printed. Needs
Chromium, LibreOffice and pdftoppm.
"""

import html
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

IMAGES = Path(__file__).parent / "images"
BROWSER = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars")
BROWSER += ("--disable-background-networking", "--disable-component-update", "--disable-sync")


def shoot(page: Path, picture: Path, width: int, height: int) -> None:
    """A picture of the top of a page."""
    with tempfile.TemporaryDirectory() as profile:
        window = [f"--user-data-dir={profile}", f"--window-size={width},{height}", f"--screenshot={picture}"]
        subprocess.run(["chromium", *BROWSER, *window, page.resolve().as_uri()], check=True, capture_output=True)


def main(demo: Path, terminal: Path) -> None:
    """Take all pictures."""
    IMAGES.mkdir(exist_ok=True)
    reports = max((demo / "runs").iterdir(), key=lambda folder: folder.stat().st_mtime) / "reports"
    shoot(next(reports.glob("*.html")), IMAGES / "page.png", 1200, 1500)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        book = max(reports.glob("*.xlsx"), key=lambda path: path.stat().st_size)
        shutil.copy(book, work / "book.xlsx")
        office = ["soffice", "--headless", f"-env:UserInstallation={work.as_uri()}/profile", "--convert-to", "pdf"]
        subprocess.run([*office, "--outdir", str(work), str(work / "book.xlsx")], check=True, capture_output=True)
        pages = ["pdftoppm", "-png", "-r", "80", "-f", "2", "-l", "2", "-singlefile", str(work / "book.pdf")]
        subprocess.run([*pages, str(IMAGES / "workbook")], check=True)
        text = html.escape(terminal.read_text(encoding="utf-8"))
        screen = work / "screen.html"
        style = "body{margin:0;background:#1b1d21;color:#e6e6e6}pre{font:15px/1.45 'Noto Sans Mono CJK SC',monospace;padding:18px}"
        screen.write_text(f"<meta charset=utf-8><style>{style}</style><pre>{text}</pre>", encoding="utf-8")
        shoot(screen, IMAGES / "terminal.png", 680, 22 * (text.count("\n") + 2) + 20)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
