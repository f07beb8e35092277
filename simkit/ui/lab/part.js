// A part of a lab, by itself: the lab's own module shows it, out of what the lab was told.

/** @import { Host, Shown } from "../frontend/types" */
/** @import { Exports } from "./lab.js" */
/** @import { PartName } from "./told" */

/** @typedef {{ lab: string, part: PartName }} PartTold */

export default {
  /** @param {Shown<PartTold> & { host: Host<Exports> }} shown */
  async render({ model, el, host }) {
    const { exports } = await host.getWidget(model.get("lab"));
    return exports.show(el, model.get("part"));
  },
};
