/** Where on the canvas a place lies, and back: equirectangular about the middle latitude of a box, then zoomed and panned. */

const EARTH_RADIUS_KM = 6371;
const DEGREE = Math.PI / 180;
const MOST_ZOOM = 60;

/**
 * Fits `box` [west, south, east, north], degrees, into width x height pixels, and follows zoom and pan. Across the date line
 * the box goes on beyond 180; a place is drawn on the side of the earth that is nearer the box's middle.
 */
export class Projection {
  constructor(box, width, height, padding = 12) {
    const [west, south, east, north] = box;
    this.box = box;
    this.width = width;
    this.height = height;
    this.middle = { longitude: (west + east) / 2, latitude: (south + north) / 2 };
    this.squeeze = Math.cos(this.middle.latitude * DEGREE); // a degree of longitude, in degrees of latitude
    const across = Math.max(1, width - 2 * padding) / ((east - west) * this.squeeze);
    const up = Math.max(1, height - 2 * padding) / (north - south);
    this.fitted = Math.min(across, up); // pixels a degree of latitude at zoom 1
    this.reset();
  }

  /** The whole box again. */
  reset() {
    this.zoom = 1;
    this.left = this.width / 2;
    this.top = this.height / 2;
  }

  get perLatitude() {
    return this.fitted * this.zoom;
  }

  get perLongitude() {
    return this.fitted * this.zoom * this.squeeze;
  }

  /** Pixels a kilometre on the ground takes. */
  get perKm() {
    return this.perLatitude / (EARTH_RADIUS_KM * DEGREE);
  }

  x(longitude) {
    return this.left + (longitude + this.turn(longitude) - this.middle.longitude) * this.perLongitude;
  }

  /** Degrees, 0 or full turns, by which a longitude comes within 180 of the middle; a line keeps that of its first point. */
  turn(longitude) {
    const away = longitude - this.middle.longitude;
    return Math.abs(away) > 180 ? -360 * Math.round(away / 360) : 0;
  }

  /** As `x`, of a point of a line that was turned by so much. */
  turnedX(longitude, turn) {
    return this.left + (longitude + turn - this.middle.longitude) * this.perLongitude;
  }

  y(latitude) {
    return this.top - (latitude - this.middle.latitude) * this.perLatitude;
  }

  /** Of a pixel, from -180 to 180. */
  longitude(x) {
    const east = this.middle.longitude + (x - this.left) / this.perLongitude;
    return Math.abs(east) > 180 ? east - 360 * Math.round(east / 360) : east;
  }

  latitude(y) {
    return this.middle.latitude - (y - this.top) / this.perLatitude;
  }

  /** Grows everything by `factor` about the pixel (x, y), which stays where it is. */
  zoomAt(x, y, factor) {
    const zoom = Math.min(MOST_ZOOM, Math.max(1, this.zoom * factor));
    const by = zoom / this.zoom;
    this.zoom = zoom;
    this.left = x + (this.left - x) * by;
    this.top = y + (this.top - y) * by;
    this.pan(0, 0);
  }

  /** Moves the picture by pixels; its middle can be pushed to the canvas's edge and no farther. */
  pan(right, down) {
    if (this.zoom <= 1) return this.reset();
    const [west, south, east, north] = this.box;
    const halfWidth = ((east - west) * this.perLongitude) / 2;
    const halfHeight = ((north - south) * this.perLatitude) / 2;
    this.left = between(this.left + right, this.width / 2 - halfWidth, this.width / 2 + halfWidth);
    this.top = between(this.top + down, this.height / 2 - halfHeight, this.height / 2 + halfHeight);
  }

  /** The pixel [x, y] of what lies `km` from a place at an azimuth, radians. */
  point(latitude, longitude, azimuth, km) {
    const there = destination(latitude, longitude, azimuth, km);
    return [this.turnedX(there.longitude, this.turn(longitude)), this.y(there.latitude)];
  }

  /** Points [x, y, x, y, ...] of what lies `km` from a place; `km` is a number or a function of the azimuth in radians. */
  ring(latitude, longitude, km, steps = 90) {
    const points = new Float64Array(2 * steps);
    const turn = this.turn(longitude);
    for (let i = 0; i < steps; i += 1) {
      const azimuth = (2 * Math.PI * i) / steps;
      const there = destination(latitude, longitude, azimuth, typeof km === "function" ? km(azimuth) : km);
      points[2 * i] = this.turnedX(there.longitude, turn);
      points[2 * i + 1] = this.y(there.latitude);
    }
    return points;
  }
}

/** The place `km` away along a great circle that sets out at `azimuth`, radians clockwise from north. */
export function destination(latitude, longitude, azimuth, km) {
  const angle = km / EARTH_RADIUS_KM;
  const from = latitude * DEGREE;
  const sine = Math.sin(from) * Math.cos(angle) + Math.cos(from) * Math.sin(angle) * Math.cos(azimuth);
  const east = Math.sin(azimuth) * Math.sin(angle) * Math.cos(from);
  return {
    latitude: Math.asin(sine) / DEGREE,
    longitude: longitude + Math.atan2(east, Math.cos(angle) - Math.sin(from) * sine) / DEGREE,
  };
}

/** Radius, km, of an ellipse {major_km, minor_km, azimuth_deg} as a function of azimuth in radians. */
export function ellipseRadius({ major_km: major, minor_km: minor, azimuth_deg: turned }) {
  return (azimuth) => {
    const angle = azimuth - turned * DEGREE;
    return (major * minor) / Math.hypot(minor * Math.cos(angle), major * Math.sin(angle));
  };
}

function between(value, least, most) {
  return Math.min(most, Math.max(least, value));
}
