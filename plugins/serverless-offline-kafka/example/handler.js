export async function greet(event) {
  for (const { partition, offset, value } of Object.values(event.records).flat()) {
    console.log(`${partition}/${offset}: ${Buffer.from(value, 'base64')}`);
  }
}
