import { describe, expect, test } from '@jest/globals';
import { passesFilters } from '../../src/filter/record-filter.ts';
import { filterOf, matches } from './pattern-matches.ts';

/** The rows of AWS's tables: the example, the rule, and values that must pass and must not pass. */
type Row = [row: string, rule: string, yes: string[], no: string[]];

const check = (rule: string, yes: string[], no: string[]): void => {
  const document = (fields: string) => `{${fields}}`;
  expect(yes.filter((fields) => !matches(`{${rule}}`, document(fields)))).toEqual([]);
  expect(no.filter((fields) => matches(`{${rule}}`, document(fields)))).toEqual([]);
};

describe("Lambda's table of comparison operators", () => {
  test.each<Row>([
    ['Null: UserID is null', '"UserID":[null]', ['"UserID":null'], ['', '"UserID":""', '"UserID":"null"']],
    [
      'Empty: LastName is empty',
      '"LastName":[""]',
      ['"LastName":""'],
      ['', '"LastName":null', '"LastName":" "'],
    ],
    [
      'Equals: Name is "Alice"',
      '"Name":["Alice"]',
      ['"Name":"Alice"'],
      ['"Name":"alice"', '"Name":"Alice "'],
    ],
    [
      'Equals (ignore case): Name is "Alice"',
      '"Name":[{"equals-ignore-case":"alice"}]',
      ['"Name":"Alice"', '"Name":"ALICE"'],
      ['"Name":"Alic"', '"Name":1'],
    ],
    [
      'And: Location is "New York" and Day is "Monday"',
      '"Location":["New York"],"Day":["Monday"]',
      ['"Location":"New York","Day":"Monday","More":1'],
      ['"Location":"New York"', '"Location":"New York","Day":"Friday"'],
    ],
    [
      'Or: PaymentType is "Credit" or "Debit"',
      '"PaymentType":["Credit","Debit"]',
      ['"PaymentType":"Credit"', '"PaymentType":"Debit"'],
      ['"PaymentType":"Cash"', ''],
    ],
    [
      'Or (multiple fields): Location is "New York", or Day is "Monday"',
      '"$or":[{"Location":["New York"]},{"Day":["Monday"]}]',
      ['"Location":"New York"', '"Day":"Monday"', '"Location":"Rome","Day":"Monday"'],
      ['"Location":"Rome","Day":"Friday"', ''],
    ],
    [
      'Not: Weather is anything but "Raining"',
      '"Weather":[{"anything-but":["Raining"]}]',
      ['"Weather":"Sunny"', '"Weather":null', '"Weather":1'],
      ['"Weather":"Raining"', ''],
    ],
    [
      'Numeric (equals): Price is 100',
      '"Price":[{"numeric":["=",100]}]',
      ['"Price":100', '"Price":100.0', '"Price":1e2'],
      ['"Price":100.1', '"Price":"100"'],
    ],
    [
      'Numeric (range): Price is more than 10, and less than or equal to 20',
      '"Price":[{"numeric":[">",10,"<=",20]}]',
      ['"Price":10.1', '"Price":20'],
      ['"Price":10', '"Price":20.1', '"Price":"15"', '"Price":null'],
    ],
    [
      'Exists: ProductName exists',
      '"ProductName":[{"exists":true}]',
      ['"ProductName":"a"', '"ProductName":null', '"ProductName":""'],
      ['', '"ProductName":{"de":"a"}', '"ProductName":[]'],
    ],
    [
      'Does not exist: ProductName does not exist',
      '"ProductName":[{"exists":false}]',
      ['', '"ProductName":{"de":"a"}', '"ProductName":[]'],
      ['"ProductName":"a"', '"ProductName":null'],
    ],
    [
      'Begins with: Region is in the US',
      '"Region":[{"prefix":"us-"}]',
      ['"Region":"us-east-1"', '"Region":"us-"'],
      ['"Region":"eu-us-1"', '"Region":"US-east-1"', '"Region":1'],
    ],
    [
      'Ends with: FileName ends with a .png extension',
      '"FileName":[{"suffix":".png"}]',
      ['"FileName":"a.png"', '"FileName":".png"'],
      ['"FileName":"a.PNG"', '"FileName":"a.png.gz"'],
    ],
    [
      'Note: for numbers the string representation is compared, so 300, 300.0 and 3.0e2 are not equal',
      '"Price":[300]',
      ['"Price":300'],
      ['"Price":300.0', '"Price":3.0e2', '"Price":"300"'],
    ],
    [
      'Note: exists works on leaf nodes only',
      '"person":{"address":[{"exists":true}]}',
      ['"person":{"address":"123 Main St"}'],
      ['"person":{"name":"John Doe","address":{"street":"123 Main St"}}'],
    ],
  ])('%s', (_, rule, yes, no) => check(rule, yes, no));
});

describe("EventBridge's page of comparison operators, beyond Lambda's", () => {
  test.each<Row>([
    [
      'Anything-but: state is any value besides "initializing"',
      '"state":[{"anything-but":"initializing"}]',
      ['"state":"running"', '"state":0'],
      ['"state":"initializing"'],
    ],
    [
      'Anything-but: a number',
      '"x-limit":[{"anything-but":123}]',
      ['"x-limit":12', '"x-limit":"123"'],
      ['"x-limit":123'],
    ],
    [
      'Anything-but: a list of strings',
      '"state":[{"anything-but":["stopped","overloaded"]}]',
      ['"state":"running"'],
      ['"state":"stopped"', '"state":"overloaded"'],
    ],
    [
      'Anything-but: a list of numbers',
      '"x-limit":[{"anything-but":[100,200,300]}]',
      ['"x-limit":400', '"x-limit":[100,400]'],
      ['"x-limit":100', '"x-limit":[100,300]'],
    ],
    [
      'Anything-but (ignore case)',
      '"state":[{"anything-but":{"equals-ignore-case":"initializing"}}]',
      ['"state":"running"'],
      ['"state":"INITIALIZING"', '"state":"initializing"'],
    ],
    [
      'Anything-but (ignore case), a list',
      '"state":[{"anything-but":{"equals-ignore-case":["initializing","stopped"]}}]',
      ['"state":"running"'],
      ['"state":"Initializing"', '"state":"STOPPED"'],
    ],
    [
      'Anything-but (begins with): Region is not in the US',
      '"Region":[{"anything-but":{"prefix":"us-"}}]',
      ['"Region":"eu-west-1"', '"Region":1'],
      ['"Region":"us-east-1"', ''],
    ],
    [
      'Anything-but (begins with), a list',
      '"state":[{"anything-but":{"prefix":["init","stop"]}}]',
      ['"state":"running"'],
      ['"state":"initializing"', '"state":"stopped"'],
    ],
    [
      'Anything-but (ends with): FileName does not end with a .png extension',
      '"FileName":[{"anything-but":{"suffix":".png"}}]',
      ['"FileName":"a.gif"'],
      ['"FileName":"a.png"'],
    ],
    [
      'Anything-but (ends with), a list',
      '"FileName":[{"anything-but":{"suffix":[".txt",".rtf"]}}]',
      ['"FileName":"a.gif"'],
      ['"FileName":"a.txt"', '"FileName":"a.rtf"'],
    ],
    [
      'Anything-but using a wildcard: FilePath does not include /lib/',
      '"FilePath":[{"anything-but":{"wildcard":"*/lib/*"}}]',
      ['"FilePath":"/usr/library"'],
      ['"FilePath":"/usr/lib/a"'],
    ],
    [
      'Anything-but using a wildcard, a list',
      '"FilePath":[{"anything-but":{"wildcard":["*/lib/*","*/bin/*"]}}]',
      ['"FilePath":"/usr/share/a"'],
      ['"FilePath":"/usr/lib/a"', '"FilePath":"/bin/a"'],
    ],
    [
      'Begins with (ignore case)',
      '"service":[{"prefix":{"equals-ignore-case":"EventB"}}]',
      ['"service":"EVENTBridge"', '"service":"eventb"'],
      ['"service":"event"'],
    ],
    [
      'Ends with (ignore case)',
      '"service":[{"suffix":{"equals-ignore-case":"tBridge"}}]',
      ['"service":"EventBRIDGE"'],
      ['"service":"bridge"'],
    ],
    [
      'Numeric: doubles of 64 bits, integers up to 2^53',
      '"c":[{"numeric":[">=",0.1]}]',
      ['"c":9007199254740992', '"c":3.018e2', '"c":0.1'],
      ['"c":1e300', '"c":0'],
    ],
    [
      'IP address: IPv4',
      '"sourceIPAddress":[{"cidr":"10.0.0.0/24"}]',
      ['"sourceIPAddress":"10.0.0.0"', '"sourceIPAddress":"10.0.0.255"'],
      ['"sourceIPAddress":"10.0.1.0"', '"sourceIPAddress":"::ffff:10.0.0.1"', '"sourceIPAddress":"10.0.0"'],
    ],
    [
      'IP address: IPv6',
      '"sourceIPAddress":[{"cidr":"2001:db8::/33"}]',
      ['"sourceIPAddress":"2001:DB8::1"', '"sourceIPAddress":"2001:0db8:7fff:0:0:0:0:0"'],
      [
        '"sourceIPAddress":"2001:db8:8000::"',
        '"sourceIPAddress":"10.0.0.1"',
        '"sourceIPAddress":"2001:db8::1%eth0"',
      ],
    ],
    [
      'Wildcard: any file with a .png extension, within the folder "dir"',
      '"FileName":[{"wildcard":"dir/*.png"}]',
      ['"FileName":"dir/a.png"', '"FileName":"dir/.png"', '"FileName":"dir/sub/a\\n.png"'],
      ['"FileName":"a/dir/a.png"', '"FileName":"dir/a.png2"', '"FileName":1'],
    ],
    [
      'Wildcard: \\* is a star and \\\\ a backslash',
      '"a":[{"wildcard":"\\\\*\\\\\\\\*"}]',
      ['"a":"*\\\\"', '"a":"*\\\\x"'],
      ['"a":"x\\\\"', '"a":"*"'],
    ],
    [
      'Arrays: the intersection of the list in the rule and the list in the document is not empty',
      '"resources":["a","b"]',
      ['"resources":["x","b"]', '"resources":[["b"]]'],
      ['"resources":["x"]', '"resources":[]'],
    ],
    [
      'A repeated key: the last one counts, in the rule and in the document',
      '"a":["x"],"a":["y"]',
      ['"a":"y"', '"a":"x","a":"y"'],
      ['"a":"x"', '"a":"y","a":"x"'],
    ],
    [
      '$or beside a field and with operators in it',
      '"source":["s"],"$or":[{"c":[{"numeric":[">",0,"<=",5]}]},{"d":[{"numeric":["<",10]}]},{"x":[3.018e2]}]',
      ['"source":"s","c":5', '"source":"s","d":9', '"source":"s","x":3.018e2'],
      ['"source":"s"', '"c":5', '"source":"s","c":6,"d":10,"x":301.8'],
    ],
  ])('%s', (_, rule, yes, no) => check(rule, yes, no));
});

describe("the table of a record's value and the pattern's form", () => {
  const forJson = { value: { state: ['a'] } };
  const forText = { value: [{ 'anything-but': ['error'] }] };
  const notUtf8 = Buffer.from([0xff, 0xfe]);

  test.each<[row: string, value: string | Buffer, pattern: object | undefined, passes: boolean]>([
    ['plain string, string pattern: evaluated, and it matches', 'fine', forText, true],
    ['plain string, string pattern: evaluated, and it does not match', 'error', forText, false],
    ['JSON, JSON pattern: evaluated, and it matches', '{"state":"a"}', forJson, true],
    ['JSON, JSON pattern: evaluated, and it does not match', '{"state":"b"}', forJson, false],
    ['plain string, JSON pattern: the data part is ignored', 'error', forJson, true],
    ['JSON, string pattern: the data part is ignored', '{"state":"b"}', { value: ['x'] }, true],
    ['any value, no pattern', '{"state":"b"}', undefined, true],
    ['not UTF-8, JSON pattern: the data part is ignored', notUtf8, forJson, true],
    ['not UTF-8, string pattern: the data part is ignored', notUtf8, { value: ['x'] }, true],
  ])('%s', (_, value, pattern, passes) => {
    const filters = pattern === undefined ? [] : [filterOf(pattern)];

    expect(passesFilters(filters, Buffer.from(value), 'pass')).toBe(passes);
  });
});
