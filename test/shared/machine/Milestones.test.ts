import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Milestones } from "../../../shared/machine/Milestones.js";

describe("milestones", () => {
  /** Whose state at a place is the place itself; `ran` tells from where each was computed. */
  function counting() {
    const ran: number[] = [];
    const milestones = new Milestones(0, 0);
    const at = (place: number): number =>
      milestones.at(place, (from, state) => {
        assert.equal(state, from);
        ran.push(from);
        return place;
      });
    return { milestones, at, ran };
  }

  it("go on from the nearest one before, and compute nothing twice", () => {
    const { at, ran } = counting();
    for (const place of [50, 10, 30, 60, 30, 0, 55]) assert.equal(at(place), place);
    assert.deepEqual(ran, [0, 0, 10, 50, 50]);
  });

  it("forget some when there are many, and compute these again", () => {
    const { milestones, at } = counting();
    for (let place = 1; place < 5000; place += 3) assert.equal(at(place), place);
    assert.ok(milestones.size > 100 && milestones.size < 300, `${milestones.size} are kept`);
    for (let place = 4999; place >= 0; place -= 1) assert.equal(at(place), place);
    assert.ok(milestones.size < 300);
  });
});
