/** Whether the stage has a receiver, whose calls are made. */
module.exports.isOn = async ({ resolveVariable }) =>
  (await resolveVariable("param:fulfilmentUrl, ''")) !== '';
