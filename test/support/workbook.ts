import { deflateRawSync } from 'node:zlib';

interface Part {
  name: string;
  data: Buffer;
  /** What the directory says instead of the truth. */
  claimedBytes?: number;
  isStored?: boolean;
  isEncrypted?: boolean;
}

/** A zip file of these parts. */
export function zipOf(parts: Part[]): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, data, claimedBytes, isStored, isEncrypted } of parts) {
    const packed = isStored ? data : deflateRawSync(data);
    const title = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(isEncrypted ? 1 : 0, 2);
    common.writeUInt16LE(isStored ? 0 : 8, 4);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(claimedBytes ?? data.length, 18);
    common.writeUInt16LE(title.length, 22);
    const local = Buffer.concat([Buffer.from('504b0304', 'hex'), common, title, packed]);
    const entry = Buffer.alloc(46);
    entry.write('504b01021400', 'hex');
    common.copy(entry, 6);
    entry.writeUInt32LE(at, 42);
    directory.push(entry, title);
    bodies.push(local);
    at += local.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = Buffer.alloc(22);
  end.write('504b0506', 'hex');
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...bodies, ...directory, end]);
}

const REL = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const relations = (list: string) => `<?xml version="1.0"?><Relationships>${list}</Relationships>`;

/** A workbook whose sheet and table of texts are given as XML: for what no library would write. */
export function workbookOf(
  sheetXml: string | Buffer,
  { sharedStrings, workbook, extra = [] }: { sharedStrings?: string; workbook?: string; extra?: Part[] } = {},
): Buffer {
  const parts: [string, string | Buffer][] = [
    ['_rels/.rels', relations(`<Relationship Id="r1" Type="${REL}/officeDocument" Target="xl/workbook.xml"/>`)],
    ['xl/workbook.xml', workbook ?? '<workbook><sheets><sheet name="Hồ sơ" r:id="r1"/></sheets></workbook>'],
    [
      'xl/_rels/workbook.xml.rels',
      relations(
        `<Relationship Id="r1" Type="${REL}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="${REL}/sharedStrings" Target="sharedStrings.xml"/>`,
      ),
    ],
    ['xl/worksheets/sheet1.xml', sheetXml],
    ...(sharedStrings === undefined ? [] : [['xl/sharedStrings.xml', sharedStrings] as [string, string]]),
  ];
  return zipOf([...parts.map(([name, data]) => ({ name, data: Buffer.from(data) })), ...extra]);
}
