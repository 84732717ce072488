"""Compiles the message catalogue when the project is built or installed."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LANGUAGES = ("zh", "en")


def compile_catalogue(folder: Path) -> dict[str, bytes]:
    """The ``.mo`` bytes of every language, from ``<part>.<language>.po``.

    Raises:
        ValueError: two parts define the same id.
    """
    from io import BytesIO

    from babel.messages.catalog import Catalog
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = {}
    for language in LANGUAGES:
        merged = Catalog(locale=language)
        for path in sorted(folder.glob(f"*.{language}.po")):
            with path.open("rb") as file:
                for message in read_po(file, locale=language, abort_invalid=True):
                    if not message.id:
                        continue
                    if message.id in merged:
                        raise ValueError(f"{path.name}: {message.id} is defined twice")
                    merged.add(message.id, message.string)
        buffer = BytesIO()
        write_mo(buffer, merged)
        compiled[language] = buffer.getvalue()
    return compiled


def write_catalogue(folder: Path) -> None:
    """Compile into ``<language>.mo`` beside the sources."""
    for language, content in compile_catalogue(folder).items():
        (folder / f"{language}.mo").write_bytes(content)


class CatalogueHook(BuildHookInterface[Any]):
    """Writes the compiled catalogues and ships them in the wheel."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Runs before every build, editable ones included."""
        folder = Path(self.root) / "expectations" / "messages"
        write_catalogue(folder)
        build_data["artifacts"] += [f"expectations/messages/{language}.mo" for language in LANGUAGES]


if __name__ == "__main__":
    write_catalogue(Path(__file__).parent / "expectations" / "messages")
