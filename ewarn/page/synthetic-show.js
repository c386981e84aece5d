/** A made-up but plausible show of any size, the same each time: for measurements. Pure. */

const BOX = [97.3, 26.0, 108.6, 34.4];
const QUAKE = { latitude: 29.59, longitude: 102.08, depth_km: 16, magnitude: 6.8 };
const TOWNS = 60;
const TOWNS_TOLD = 21;
const AZIMUTHS = 180;
const P_KM_S = 6.1;
const S_KM_S = 3.5;
const RELEASE_S = 7.9;
const DELIVERED_A_SECOND = 150000;
const FARTHEST_KM = 800;
const A_BLOCK = 20000; // receipts

/** {scene, play, report: messages; users: block; receipts: [{t, block}] in the order of reading} for `count` users. */
export function syntheticShow(count, seed = 1) {
  const random = generator(seed);
  const users = townspeople(count, random);
  return {
    scene: scene(count, random),
    play: { type: "play", play: 0, order: "deadline" },
    report: {
      type: "report", play: 0, number: 1, status: "update", release_s: RELEASE_S, targets: count, ...QUAKE,
      ellipse: { major_km: 9.1, minor_km: 6, azimuth_deg: 40 }, note: null,
    },
    users: block(1, count, [users.s, users.x, users.y, users.level]),
    receipts: receipts(users.s),
  };
}

function scene(users, random) {
  const distance_km = Array.from({ length: FARTHEST_KM / 4 + 1 }, (_, i) => 4 * i);
  const times = (speed) => distance_km.map((km) => Math.hypot(km, QUAKE.depth_km) / speed);
  const [west, south, east, north] = BOX;
  const stations = Array.from({ length: 400 }, () => {
    const [latitude, longitude] = [south + random() * (north - south), west + random() * (east - west)];
    return [latitude, longitude, fromQuake(latitude, longitude) / P_KM_S];
  });
  const quake = { id: "synthetic", name: "synthetic", time: "2026-01-01T00:00:00.000Z", ...QUAKE };
  const towns = Array.from({ length: TOWNS_TOLD }, (_, i) => {
    const [latitude, longitude] = [south + 1 + 6 * random(), west + 3.5 + 7 * random()];
    return { name: `Town ${i}`, seat: false, latitude, longitude, s_s: fromQuake(latitude, longitude) / S_KM_S, intensity: 4.5, level: "yellow" };
  });
  const lines = [500, 260, 140, 70, 35, 18].map((km, i) => ({ degree: i + 3, km: Array(AZIMUTHS).fill(km) }));
  const shaking = { azimuth_deg: 0, lines, levels: { yellow: 3, orange: 5, red: 7 } };
  return { type: "scene", shaking, towns, quake, users, box: BOX, fronts: { distance_km, p_s: times(P_KM_S), s_s: times(S_KM_S) }, stations, engine: "uring" };
}

/** Users in towns of unequal size, thinning out around each. */
function townspeople(count, random) {
  const [west, south, east, north] = BOX;
  const towns = Array.from({ length: TOWNS }, () => [south + 1 + 6 * random(), west + 3.5 + 7 * random(), 0.08 + 0.4 * random()]);
  const users = { x: new Uint16Array(count), y: new Uint16Array(count), s: new Float32Array(count), level: new Uint8Array(count) };
  for (let i = 0; i < count; i += 1) {
    const [town_latitude, town_longitude, spread] = towns[Math.floor(TOWNS * random() ** 2)];
    const [away, angle] = [spread * Math.sqrt(-2 * Math.log(1 - random())), 2 * Math.PI * random()];
    const latitude = Math.min(north, Math.max(south, town_latitude + away * Math.sin(angle)));
    const longitude = Math.min(east, Math.max(west, town_longitude + away * Math.cos(angle)));
    users.x[i] = (65535 * (longitude - west)) / (east - west);
    users.y[i] = (65535 * (latitude - south)) / (north - south);
    users.s[i] = fromQuake(latitude, longitude) / S_KM_S;
  }
  return users;
}

/** Blocks of receipts, those first whom S reaches first, at a fixed rate from the release on. */
function receipts(s) {
  const order = Uint32Array.from(s, (_, i) => i).sort((one, other) => s[one] - s[other]);
  const blocks = [];
  for (let from = 0; from < order.length; from += A_BLOCK) {
    const who = order.slice(from, from + A_BLOCK);
    const t = Float32Array.from(who, (_, i) => RELEASE_S + 0.05 + (from + i) / DELIVERED_A_SECOND);
    blocks.push({ t: t[t.length - 1], block: block(2, who.length, [who, t]) });
  }
  return blocks;
}

function fromQuake(latitude, longitude) {
  const east = (longitude - QUAKE.longitude) * 111.2 * Math.cos((QUAKE.latitude * Math.PI) / 180);
  return Math.hypot((latitude - QUAKE.latitude) * 111.2, east, QUAKE.depth_km);
}

function block(kind, count, columns) {
  const bytes = new Uint8Array(12 + columns.reduce((sum, column) => sum + column.byteLength, 0));
  const header = new DataView(bytes.buffer);
  header.setUint8(0, kind);
  header.setUint32(8, count, true);
  let from = 12;
  for (const column of columns) {
    bytes.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), from);
    from += column.byteLength;
  }
  return bytes.buffer;
}

/** Mulberry32: the same numbers, 0 to 1, from the same seed. */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
