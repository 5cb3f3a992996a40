/**
 * Keeps kafkajs' timer warning on Node 24 (harmless: a timeout below zero is one of 1 ms) out of the answer.
 * `node --disable-warning` does the same, but the framework's command takes no flags for node.
 */
export function hideKafkajsWarning(): void {
  const printers = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name !== 'TimeoutNegativeWarning') {
      for (const print of printers) {
        print.call(process, warning);
      }
    }
  });
}
