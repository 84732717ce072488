"""Townships and villages of the county."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from audit.demo.identity import COUNTY_CODE
from audit.demo.sizes import Sizes
from audit.invented import COUNTY

FOREIGN: Final = ("望泉县石桥镇", "望泉县柏林乡", "临河县双井镇")
_HEADS: Final = (
    "青石白杨双柳长岭河湾石桥枫林古城东坪西塘南沟北屯云台龙泉凤山金坡银湖玉溪红岩黑水黄土桃源松坪竹园梅林兰亭"
    "清河平川高庙大寨新集旧州太和永安兴隆富民仁里义门礼村智水信丰三关四通五里六合七塔八岔九岭十里百户千泉万安"
)
_VILLAGE_HEADS: Final = "东西南北前后上下大小新老"
_VILLAGE_MIDDLES: Final = "沟坡塬岭湾庄河寨坪窑店桥"
_VILLAGE_TAILS: Final = ("村", "村", "里村", "头村", "口村")


@dataclass(frozen=True)
class Places:
    """Arrays over townships (T) and over villages of the whole county (V).

    Attributes:
        code: area codes, 9 characters (T).
        township: names, unique (T).
        births: births of each township over all years (T).
        remote: how far from the office a village lies, standard normal (V).
        village: names, unique within a township only (V).
        of: each village's township (V).
        weight: each village's share of its township's births (V).
    """

    code: NDArray[Any]
    township: NDArray[Any]
    births: NDArray[np.int64]
    remote: NDArray[np.float64]
    village: NDArray[Any]
    of: NDArray[np.int64]
    weight: NDArray[np.float64]

    @property
    def areas(self) -> pl.DataFrame:
        """The areas file."""
        return pl.DataFrame(
            {
                "代码": self.code.tolist(),
                "名称": self.township.tolist(),
                "级别": ["乡镇"] * self.code.size,
                "上级": [COUNTY] * self.code.size,
            }
        )


def settle(sizes: Sizes, rng: np.random.Generator) -> Places:
    """Lay out townships between the smallest and the largest size, evenly on the logarithmic scale, and their villages."""
    count = sizes.townships
    heads = [_HEADS[at : at + 2] for at in range(0, len(_HEADS), 2)]
    heads += [head[0] + tail for head in heads for tail in "川原"]
    suffix = rng.choice(np.array(["镇", "乡", "街道"], dtype=object), size=count, p=(0.5, 0.35, 0.15))
    township = np.array([*dict.fromkeys(heads)], dtype=object)[rng.permutation(len(set(heads)))[:count]] + suffix
    steps = (np.arange(count) + rng.uniform(0.1, 0.9, count)) / count
    births = np.exp(np.log(sizes.births[0]) + steps * np.log(sizes.births[1] / sizes.births[0])).astype(np.int64)
    births = rng.permutation(births)

    years = sizes.birth_years[1] - sizes.birth_years[0] + 1
    # Villages are small: about 5 to 14 births a year each, more where a township has thousands.
    villages = np.clip(np.round(births / years / rng.uniform(5, 14, count)), 5, 30).astype(np.int64)
    of = np.repeat(np.arange(count), villages)
    weight = rng.gamma(4.0, size=of.size)
    weight /= np.bincount(of, weights=weight)[of]
    return Places(
        code=np.array([f"{COUNTY_CODE}{101 + at}" for at in range(count)], dtype=object),
        township=np.asarray(township, dtype=object),
        births=births,
        remote=rng.normal(size=of.size),
        village=np.concatenate([_villages(int(number), rng) for number in villages]),
        of=of,
        weight=weight,
    )


def _villages(count: int, rng: np.random.Generator) -> NDArray[Any]:
    names = [h + m + t for h in _VILLAGE_HEADS for m in _VILLAGE_MIDDLES for t in dict.fromkeys(_VILLAGE_TAILS)]
    return np.array(names, dtype=object)[rng.permutation(len(names))[:count]]
