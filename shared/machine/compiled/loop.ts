import { BASE } from "../Gas.js";
import { Global, growTo, MEMORY_SIZE, trapIf, type Layout } from "./layout.js";
import { MCOPY, type Instruction } from "./pieces.js";
import { FunctionBody, I32, Op } from "./Wasm.js";

/** The functions of a compiled program that are no piece of plain code. */

/** `run(piece)`: runs pieces, and answers which one it stopped before. */
export function loopBody(layout: Layout, type: number): FunctionBody {
  const f = new FunctionBody(1);
  const next = 0;
  const [steps, height] = [f.local(I32), f.local(I32)];
  const entry = (table: number): FunctionBody => f.get(next).i32(2).op(Op.I32_SHL).load32(table);
  return f
    .loop((leave) => {
      entry(layout.steps).getGlobal(Global.STEPS).op(Op.I32_ADD).tee(steps);
      f.getGlobal(Global.STEP_LIMIT).op(Op.I32_GT_U);
      leave();
      f.getGlobal(Global.STACK_END).i32(layout.stackAt).op(Op.I32_SUB).i32(5).op(Op.I32_SHR_U).tee(height);
      entry(layout.needed).op(Op.I32_LT_U);
      leave();
      f.get(height);
      entry(layout.highest).op(Op.I32_GT_U);
      leave();
      f.get(steps).setGlobal(Global.STEPS);
      f.getGlobal(Global.GAS);
      entry(layout.gas).op(Op.I64_EXTEND_U, Op.I64_ADD).setGlobal(Global.GAS);
      f.get(next).callIndirect(type).set(next);
    })
    .get(next);
}

/** CALLDATACOPY and MCOPY: one step, and one for each word of memory that is touched (docs/machine.md, job COPY). */
export function copyBody(layout: Layout, { op }: Instruction, index: number): FunctionBody {
  const f = new FunctionBody(0);
  const [to, from, size, units, sp] = [0, 0, 0, 0, 0].map(() => f.local(I32)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  f.getGlobal(Global.STACK_END).i32(96).op(Op.I32_SUB).set(sp);
  const tooLarge = (): FunctionBody => f.i32(MEMORY_SIZE + 1);
  /** The operand that lies so many bytes from `sp` on; `limit` stands for whatever is larger. */
  const read = (offset: number, local: number, limit: () => FunctionBody): void => {
    limit();
    f.get(sp).load64(offset).op(Op.I32_WRAP);
    f.get(sp).load64(offset);
    limit();
    f.op(Op.I64_EXTEND_U, Op.I64_GT_U);
    for (const limb of [8, 16, 24])
      f.get(sp)
        .load64(offset + limb)
        .op(Op.I64_EQZ, Op.I32_EQZ, Op.I32_OR);
    f.op(Op.SELECT).set(local);
  };
  read(0, size, tooLarge);
  f.get(size).op(Op.I32_EQZ);
  f.if(() =>
    f
      .get(sp)
      .setGlobal(Global.STACK_END)
      .i32(index + 2)
      .op(Op.RETURN),
  );
  read(64, to, tooLarge);
  read(32, from, op === MCOPY ? tooLarge : () => f.getGlobal(Global.INPUT_SIZE));
  const last = op === MCOPY ? [to, from] : [to];
  for (const local of last) {
    f.get(local).get(size).op(Op.I32_ADD).i32(MEMORY_SIZE).op(Op.I32_GT_U);
    trapIf(f);
  }
  f.get(to).get(size).op(Op.I32_ADD).i32(1).op(Op.I32_SUB).i32(5).op(Op.I32_SHR_U);
  f.get(to).i32(5).op(Op.I32_SHR_U, Op.I32_SUB).i32(1).op(Op.I32_ADD).set(units);
  f.getGlobal(Global.STEPS).get(units).op(Op.I32_ADD).getGlobal(Global.STEP_LIMIT).op(Op.I32_GT_U);
  f.if(() => {
    // Not this one: as if it had not been begun.
    f.getGlobal(Global.STEPS).i32(1).op(Op.I32_SUB).setGlobal(Global.STEPS);
    f.getGlobal(Global.GAS)
      .i64(BigInt(BASE[op] as number))
      .op(Op.I64_SUB)
      .setGlobal(Global.GAS);
    f.i32(index + 1).op(Op.RETURN);
  });
  f.getGlobal(Global.STEPS).get(units).op(Op.I32_ADD).setGlobal(Global.STEPS);
  f.getGlobal(Global.GAS).get(size).i32(31).op(Op.I32_ADD).i32(5).op(Op.I32_SHR_U).i32(3).op(Op.I32_MUL);
  f.op(Op.I64_EXTEND_U, Op.I64_ADD).setGlobal(Global.GAS);
  for (const local of last) {
    f.get(local).get(size).op(Op.I32_ADD).i32(31).op(Op.I32_ADD).i32(5).op(Op.I32_SHR_U).set(units);
    growTo(f, units);
  }
  f.get(to).i32(layout.memoryAt).op(Op.I32_ADD).tee(to);
  if (op === MCOPY) f.get(from).i32(layout.memoryAt).op(Op.I32_ADD).get(size).copyMemory();
  else {
    f.i32(0).get(size).fillMemory();
    f.get(to).get(from).i32(layout.inputAt).op(Op.I32_ADD);
    // Of the input, what there is.
    f.getGlobal(Global.INPUT_SIZE).get(from).op(Op.I32_SUB).tee(units).get(size);
    f.get(units).get(size).op(Op.I32_LT_U, Op.SELECT).copyMemory();
  }
  return f
    .get(sp)
    .setGlobal(Global.STACK_END)
    .i32(index + 2);
}
