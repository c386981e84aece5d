"""A quake file of a test's own."""


def quake_file(identity, name, *, time="2022-09-05T04:52:18Z", at=(29.59, 102.08), depth_km=16.0, magnitude=6.8):
    """Its text; `name` as it is to stand between quotes, `at` latitude and longitude. Of Luding, if nothing is said."""
    return f"""
id = "{identity}"
name = "{name}"
zone = "Qingzang"
[origin]
time = {time}
latitude = {at[0]}
longitude = {at[1]}
depth_km = {depth_km}
magnitude = {magnitude}
"""
