/**
 * Arrays as PostgreSQL reads them. pg would make the same of arrays, with two regular expressions for each element:
 * measured, a batch of new orders is stored a tenth faster like this.
 */

type Plain = string | number | null;

/** Of numbers, uuids, timestamps: what has nothing in it that an array's syntax means something by. */
export function plainArray<Row>(rows: readonly Row[], columnOf: (row: Row) => Plain): string {
  return arrayOf(rows, (row) => columnOf(row) ?? 'NULL');
}

/** Of any text. */
export function textArray<Row>(rows: readonly Row[], columnOf: (row: Row) => string | null): string {
  return arrayOf(rows, (row) => {
    const value = columnOf(row);
    return value === null ? 'NULL' : `"${special.test(value) ? value.replace(specials, '\\$&') : value}"`;
  });
}

const special = /["\\]/;
const specials = /["\\]/g;

function arrayOf<Row>(rows: readonly Row[], elementOf: (row: Row) => string | number): string {
  let elements = '';
  let separator = '';
  for (const row of rows) {
    elements += separator + elementOf(row);
    separator = ',';
  }
  return `{${elements}}`;
}
