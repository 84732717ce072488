"""Townships as offices write them, found in the areas file: 东华镇, 东华, 东华镇政府, 云川县东华镇, a code, a name of before."""

import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from audit.ingest.text import clean, hidden_marks, looks_empty

_OFFICES: Final = re.compile(
    r"(?:人民政府|政府|党委政府|党委|街道办事处|办事处|街道办|镇委|乡委|卫生院|中心卫生院|社区卫生服务中心|派出所|预防接种门诊|接种门诊|卫健办|民政办|便民服务中心)$"
)
_KINDS: Final = re.compile(r"(?:镇|乡|街道|街|苏木|民族乡|农场|林场|牧场|渔场|开发区|管理区|管委会|工业园区|园区|示范区)$")
_COUNTY_KINDS: Final = re.compile(r"(?:自治县|自治旗|县|市|区|旗|林区|特区)$")
_ENGLISH: Final = re.compile(r"\s*(?:town|township|sub-?district|street)$")
Place = tuple[str, str, str]  # county, area code, current name


@dataclass(frozen=True)
class Township:
    """One name of a township: its own, or one it had before it was merged or renamed."""

    name: str
    place: Place


@dataclass
class Gazetteer:
    """Finds the township that a text means; where two could be meant, none is found."""

    counties: tuple[str, ...]
    former: dict[str, str] = field(default_factory=dict)  # code of before -> code of the township that took its place
    _keys: dict[str, set[Place]] = field(default_factory=lambda: defaultdict(set))
    _stems: dict[str, set[Place]] = field(default_factory=lambda: defaultdict(set))
    _found: dict[tuple[str | None, str | None], Place | None] = field(default_factory=dict)  # a file is read in many steps
    _known: dict[str, str | None] = field(default_factory=dict)

    @classmethod
    def of(cls, counties: tuple[str, ...], townships: list[Township], codes: dict[str, Place]) -> "Gazetteer":
        """A gazetteer of current and former names and of codes."""
        made = cls(counties)
        for township in townships:
            made._keys[_key(township.name)].add(township.place)
            for stem in _stems_of(_key(township.name)):
                made._stems[stem].add(township.place)
        for code, place in codes.items():
            if code != place[1]:
                made.former[code] = place[1]
            made._keys[code].add(place)
            made._keys[code.ljust(12, "0")].add(place)
        return made

    def county(self, text: str | None) -> str | None:
        """The county a text means, or none."""
        if text is None:
            return self.counties[0] if len(self.counties) == 1 else None
        if text not in self._known:
            self._known[text] = self._county(text)
        return self._known[text]

    def _county(self, text: str) -> str | None:
        key = _key(text)
        if key.isdigit() and len(key) >= 6:
            by_code = {place[0] for code, places in self._keys.items() if code[:6] == key[:6] for place in places}
            return by_code.pop() if len(by_code) == 1 else None
        hits = {county for county in self.counties if key == _key(county) or key.endswith(_key(county))}
        hits = hits or {county for county in self.counties if _COUNTY_KINDS.sub("", key) == _COUNTY_KINDS.sub("", _key(county))}
        return hits.pop() if len(hits) == 1 else None

    def find(self, text: str | None, county: str | None = None) -> Place | None:
        """The township a text means.

        Args:
            text: as it stands in a cell.
            county: as it stands beside it, where there is such a column.
        """
        if (text, county) not in self._found:
            self._found[text, county] = self._find(text, county)
        return self._found[text, county]

    def _find(self, text: str | None, county: str | None) -> Place | None:
        if text is None:
            return None
        key = _key(text)
        within = self.county(county) if county is not None else None
        if county is not None and within is None:  # of another county, where a township may have the same name
            return None
        for form in self._forms(key):
            for table in (self._keys, self._stems):
                hits = {place for place in table.get(form, ()) if within is None or place[0] == within}
                if len(hits) == 1:
                    return next(iter(hits))
                if hits:
                    named = {place for place in hits if _COUNTY_KINDS.sub("", _key(place[0])) in key and place[0] != form}
                    return next(iter(named)) if len(named) == 1 else None
        return None

    def is_whole_county(self, text: str | None) -> str | None:
        """The county a row of totals is about (云川县, 合计, 全县), or none."""
        if text is None:
            return None
        key = _key(text)
        if (
            key in ("合计", "总计", "全县", "全区", "全市", "县合计", "小计", "total", "all", "county", "countytotal")
            and len(self.counties) == 1
        ):
            return self.counties[0]
        return next((county for county in self.counties if key == _key(county)), None)

    def _forms(self, key: str) -> list[str]:
        """What to look for, the likeliest first: as written, without an office, without a county, without 镇 or 乡."""
        forms = [key, _OFFICES.sub("", key), re.sub(r"\.0+$", "", key)]
        for county in self.counties:
            for start in (_key(county), _COUNTY_KINDS.sub("", _key(county))):
                if start and start in key[:-2]:
                    rest = key[key.index(start) + len(start) :]
                    forms += [rest, _OFFICES.sub("", rest)]
        forms += [stem for form in tuple(forms) for stem in _stems_of(form)]
        return [form for form in dict.fromkeys(forms) if form]


def _key(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(ch for ch in plain if not ch.isspace() and ch.isprintable() and ch not in "·•,、()[]{}'\"-_")


def _stems_of(name: str) -> list[str]:
    """A name without its kind (东华镇 → 东华), of two characters at least; English kinds likewise.

    松林回族乡 is also called 松林乡 and 松林: how many characters before 族 belong to it is tried.
    """
    bare = _ENGLISH.sub("", _KINDS.sub("", name))
    stems = [bare]
    while bare.endswith("族") and len(bare) > 3:
        stems += [bare[:-n] for n in (2, 3, 4)]
        bare = bare[:-2] if bare[:-2].endswith("族") else bare[:-3] if bare[:-3].endswith("族") else ""
    return [stem for stem in dict.fromkeys(stems) if len(stem) >= 2 and stem != name]


def resolve(frame: pl.DataFrame, gazetteer: Gazetteer, totals: bool = False) -> tuple[pl.DataFrame, Counter[str]]:
    """``county``, ``area_code`` and ``township`` of each row, and how many cells were repaired how.

    A loop over distinct texts, of which there are few.

    Args:
        frame: ``township`` and perhaps ``county``, raw.
        gazetteer: the campaign's townships.
        totals: whether rows about a whole county are kept as such: no area code, the county's name as township.
    """
    beside = clean("county") if "county" in frame.columns else pl.lit(None, dtype=pl.String)
    keys = frame.columns
    odd = frame.group_by(keys, maintain_order=True).len("n").with_columns(text=clean("township"), beside=beside)
    odd = odd.with_columns(empty=looks_empty(pl.col("text"), "place"))
    odd = odd.with_columns(text=pl.when(~pl.col("empty")).then(pl.col("text")))
    found = [_find(gazetteer, text, county, totals) for text, county in odd.select("text", "beside").iter_rows()]
    table = pl.DataFrame(found, schema={"county": pl.String, "area_code": pl.String, "township": pl.String}, orient="row")
    marks = {**hidden_marks("township"), "empty_looking": pl.col("empty")}
    marks["township_form"] = (pl.col("text") != table["township"]) & table["area_code"].is_not_null()
    repairs = Counter(odd.select(pl.col("n").filter(mark).sum().alias(name) for name, mark in marks.items()).row(0, named=True))
    table = pl.concat([odd.select(pl.col(key).alias(f"_{key}") for key in keys), table], how="horizontal")
    joined = frame.select(pl.col(key).alias(f"_{key}") for key in keys).join(
        table, on=[f"_{key}" for key in keys], how="left", nulls_equal=True, maintain_order="left"
    )
    return joined.select("county", "area_code", "township"), +repairs


def _find(gazetteer: Gazetteer, text: str | None, county: str | None, totals: bool) -> tuple[str | None, str | None, str | None]:
    place = gazetteer.find(text, county)
    if place is not None:
        return place
    whole = gazetteer.is_whole_county(text) if totals else None
    return (whole, None, whole) if whole else (gazetteer.county(county), None, None)
