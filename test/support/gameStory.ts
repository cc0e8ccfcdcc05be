import type { GameClock } from "../../shared/protocol/game.js";
import { parameterPresets } from "../../shared/protocol/parameters.js";
import { CHALLENGER, ETHER, Story, hashOf } from "../proposer/chainStory.js";

const games = parameterPresets.devnet.games;
if (games === undefined) throw new Error("the preset has no games");
export const times = games;

/** Stories in which games are played. A turn takes as long as the story lets pass before its move. */
export class GameStory extends Story {
  readonly #clocks = new Map<string, GameClock>();
  readonly #moves = new Map<string, number>();

  game(game: string, claim: string, challenger = CHALLENGER, nonce = 0n): this {
    const clock = {
      since: this.clock,
      defenderSeconds: times.clockSeconds,
      challengerSeconds: times.clockSeconds,
    };
    this.#clocks.set(game, clock);
    const said = { left: hashOf(100n), right: hashOf(110n), bond: ETHER / 2n, nonce, clock: encode(clock) };
    return this.event("GameOpened", { game, claim, challenger, ...said });
  }

  /** Makes the next moves, whatever they are, `seconds` after the one before each; the challenger points at part `index`. */
  moves(game: string, count: number, seconds = 0n, index = 0n): this {
    for (let i = 0; i < count; i++) {
      const made = this.#moves.get(game) ?? 0;
      this.clock += seconds;
      this.#moves.set(game, made + 1);
      const clock = encode(this.#pass(game, made % 2 === 0));
      const points = Array.from({ length: 63 }, (_, at) => hashOf(BigInt(at)));
      if (made % 2 === 1) this.event("IntervalPointed", { game, index, clock });
      else if (made !== 4) this.event("IntervalSplit", { game, points, clock });
      else
        this.event("BlockEntered", {
          game,
          number: 101n,
          first: hashOf(1n),
          points,
          last: hashOf(2n),
          clock,
        });
    }
    return this;
  }

  settled(game: string, outcome: 0 | 1 | 2 | 3): this {
    return this.event("GameSettled", { game, outcome: BigInt(outcome) });
  }

  #pass(game: string, isDefenders: boolean): GameClock {
    const clock = this.#clocks.get(game);
    if (clock === undefined) throw new Error(`there is no game ${game}`);
    const spent = this.clock - clock.since;
    const less = (left: bigint): bigint => (spent < left ? left - spent : 0n);
    const next = {
      since: this.clock,
      defenderSeconds: isDefenders ? less(clock.defenderSeconds) : clock.defenderSeconds,
      challengerSeconds: isDefenders ? clock.challengerSeconds : less(clock.challengerSeconds),
    };
    this.#clocks.set(game, next);
    return next;
  }
}

function encode({ since, defenderSeconds, challengerSeconds }: GameClock) {
  return { since, defender: defenderSeconds, challenger: challengerSeconds };
}
