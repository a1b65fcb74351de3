import type { Aspect } from './guidance.ts';

/**
 * Words that settle which fact is asked. Matched on the letters without marks, one blank between words, blanks at both
 * ends. `weight` is added to the logarithm of the model's share: 1 helps, 3 decides.
 */
export const ASPECT_CUES: [Aspect, RegExp, number][] = [
  [
    'fee',
    / (le phi|phi (bao|la|nhieu|sao|bn|ntn|the|lam|may|het|ton|co)|phi $|ton phi|mat phi|dong phi|nop phi|thu phi|mien phi|phi ton|ton (bao nhieu|nhieu|may)|bao nhieu tien|nhieu tien|may tien|het (bao )?nhieu|het may|gia (ca|bao)|may (ngan|nghin|dong|chuc|tram|ty)|ton tien|mat tien|tien (gi|khong|bao nhieu|nhieu)|co (phai )?(dong|nop|mat|ton|tra) tien|mat may dong|free) /,
    2.4,
  ],
  ['fee', / (nhieu|bao nhieu) (mot|1|\d+) (to|ban|trang|lan|bo|cai|giay) /, 2.4],
  ['fee', / (ton|het|mat|phi|gia) (khoang )?(bao )?nhieu $/, 2],
  [
    'time',
    / (bao lau|may ngay|bao nhieu ngay|may hom|may bua|may thang|may tuan|(?<!chua )bao gio (co|xong|lay|nhan|duoc)|(khi|ngay|hom|bua|chung|luc) nao (co|xong|lay|nhan|duoc|moi|thi lay|thi co)|lau khong|doi lau|lay (giay |ket qua |so |the )?(lien|luon|ngay)|co lien|co luon|trong ngay|trong buoi|lam gap|mat may ngay|trong vong|thoi gian|han (may|bao) ngay|truoc may ngay|sang chieu|khi nao $) /,
    2,
  ],
  [
    'validity',
    / (dung (duoc )?(bao lau|may thang)|(dung|xai) duoc (bao lau|may)|co (thoi )?han (su dung |dung )?(khong|may|bao)|thoi han (su dung|khong|may|bao lau|dung)|co thoi han|het han|hieu luc|con (gia tri|dung duoc|hieu luc|xai)|han (dung|su dung|bao lau)|gia tri (bao|may|den|trong|su)|dung thay|thay the (ban|cho)|dung mai|dung hoai|con duoc dung) /,
    2.2,
  ],
  [
    'legal_basis',
    / (bi phat|phat (bao|khong|nhieu|tien|gi|may|the|ra)|luat nao|nghi dinh|thong tu|quy dinh (nao|o dau|may|tai|nay)|can cu (vao|gi|luat|dau)|dieu may|dieu nao|khoan nao|van ban nao|luat (gi|quy)|co vi pham) /,
    4.6,
  ],
  [
    'online',
    / (online|qua mang|tren mang|truc tuyen|tren (vneid|dien thoai|app|cong|dien tu)|qua (vneid|app|cong|dien thoai)|len mang|nop mang|tai nha|bang dien thoai|dien tu (duoc|khong|the nao)|ngoi nha) /,
    3.2,
  ],
  [
    'form',
    / (mau (to khai|don|giay|nao|so|khai|o|tai|dau)|to khai (o dau|lay|tai|mua|in|dien|ghi|the|nao|mau)|xin mau|cho (toi |em |minh )?xin (cai |to )?(mau|to khai|file|don)|file (mau|don|to)|tai (mau|don|to khai)|dien (don|to khai|mau|the|nhu|sao)|viet don|don (viet|lay|mau) ) /,
    2.4,
  ],
  ['form', / (mau|to khai|don) (.{0,25})(tai|lay|in|mua|xin) (o|tren|tu) (dau|cho nao|nao) /, 2.4],
  [
    'place',
    / (o dau|cho nao|noi nao|dau (vay|a|the|nhi|day|duoc|co|$)|len dau|ra dau|toi dau|(?<!duoc )den dau|ben nao|quay nao|phong nao|bo phan nao|phuong nao|xa nao|gap ai|noi nop|dia diem|di dau|nop dau) /,
    1.9,
  ],
  [
    'place',
    / (o|tai|len|ra|toi|den|cua) (xa|phuong|uy ban|uy ban nhan dan|cong an|cong an xa|cong an phuong|cho tro|cho tam tru|noi tam tru|day|que|sai gon|ha noi|noi khac|xa khac|tinh khac|cho khac|thon|ben (nha )?(trai|gai|vo|chong))( [a-z0-9]+){0,2} (duoc|co|lam|cung duoc)( [a-z0-9]+){0,2} (khong|chua|a|ha|phai khong) /,
    3.6,
  ],
  [
    'place',
    / (hay (la )?(phai )?(o|ra|len|ve|den|toi|di|lam o)|hay (uy ban|cong an|xa|phuong|quan|huyen|tinh|ben)(?! (tu|lo|lam (luon|giup|ho)))|(phai|co phai|co can) (quay )?ve (tung |tan )?(que|noi|xa|tung noi|cho)) /,
    2.4,
  ],
  ['place', / ben (nha )?(trai|chong|vo|gai|nao|noi|ngoai)( [a-z0-9]+){0,4} (ben|deu|cung|hay|duoc) /, 3.4],
  [
    'documents',
    / (giay to (gi|nao|can|nhu|phai)|giay (gi|nao)|nhung giay|cac giay|can (nhung )?(gi|giay)|mang (theo )?(gi|giay|nhung|cai gi|theo)|chuan bi (gi|nhung|giay|cac|ho so)|nop (nhung )?(gi|giay|cac)|ho so (gom|can|gi|bao gom|nhung)|thieu giay|can (nop|mang|dem)|dem (theo )?gi|can them (giay|gi)|can (ban ve|ban sao|anh|xet nghiem|ban chinh|photo|ban goc)|phai (nop|mang|co) (giay|nhung|gi)|loai giay) /,
    2,
  ],
  [
    'documents',
    / (khong|khong co|mat|thieu|khong con|chua co) (cai |to )?giay (chung sinh|benh vien|bao tu|chung tu|to gi)( [a-z0-9]+){0,12} (sao|the nao|duoc khong|lam sao) /,
    5,
  ],
  ['documents', / (can|phai|co can)( [a-z0-9]+){0,3} (theo|dan theo|xet nghiem|mang)( [a-z0-9]+){0,4} khong /, 1],
  [
    'steps',
    / (lam sao|lam the nao|the nao|nhu the nao|ra sao|kieu gi|kieu nao|cach nao|cach lam|quy trinh|cac buoc|may buoc|trinh tu|buoc nao|thu tuc (the|ra|nhu|gom)|bao ai|lam gi|phai lam (gi|sao)|huong dan|lam truoc|truoc hay|xu ly sao|sao vay|lam nhu nao|nhu nao|tinh sao|sao (day|gio|duoc)|giup voi) /,
    1.2,
  ],
  [
    'eligibility',
    / (dieu kien|co duoc( [a-z0-9]+){0,8} khong|duoc khong|duoc chua|co phai( [a-z0-9]+){0,10} khong|co can( [a-z0-9]+){0,8} khong|ai (duoc|di|co|dung|lam|xin|phai|nop|ky)|di thay|lam thay|nho (nguoi|me|ba|bo|con|chong|vo|em|anh|chi)|uy quyen (duoc|cho ai)|bao nhieu tuoi|may tuoi|du tuoi|doi tuong|thuoc dien|co thuoc|phai xin|co bi|mot minh|dong y) /,
    0.8,
  ],
  [
    'result',
    / (duoc nhan gi|nhan duoc (gi|giay|bao nhieu)|ket qua la|tra (ket qua|giay) (o|gi|ve)|lay ket qua|gui ve nha|duoc (cap|huong|linh|nhan) (bao nhieu|gi|may)|nhan (bao nhieu|nhieu)( [a-z0-9]+){0,3} (thang|1 thang|mot thang)|bao nhieu (1|mot|moi) thang|muc huong|duoc may ban|co luon) /,
    1.8,
  ],
  [
    'overview',
    / (la gi|khac (nhau )?(gi|cho nao|the nao|ra sao)|nghia la|la sao $|de lam gi|thu tuc gi|lam giay gi (de|thi)) /,
    2,
  ],
  ['legal_basis', / (qua|tre|muon|hon \d+ ngay)( [a-z0-9]+){0,6} (co sao|sao khong|bi gi) /, 3.5],
  ['legal_basis', / (chua|khong|quen|lo)( [a-z]+){1,7} (co sao khong|sao khong|co bi (gi|lam sao)) /, 4.5],
  ['place', / (den|di|nop|len) truc tiep( [a-z0-9]+){0,2} (duoc|o) /, 3.5],
  [
    'validity',
    / (ten xa cu|xa cu|sap nhap|dia chi cu|huyen cu|tinh cu)( [a-z0-9]+){0,8} (doi|dung|lam lai|gia tri) /,
    3.5,
  ],
  ['eligibility', / (may|bao nhieu) (ngay|thang|tuoi|nam) (thi|moi)( [a-z]+){0,2} (phai|duoc|can) /, 3.4],
  ['place', / (xa|can bo|cong an)( co)? (den|toi|ve) (tan )?nha( [a-z]+){0,5} (khong|duoc) /, 3.5],
  ['eligibility', / (ca (hai|2)|hai (ben|nguoi|vo chong|dua))( [a-z]+){0,5} (di|ky|len|co mat|cung) /, 2.5],
  ['eligibility', / ai (lam|di|nop|xin|dung ra)( [a-z]+){0,3} (ho|thay|giup|duoc) /, 2],
  ['result', / (nhan|huong|linh|duoc) (bao nhieu|nhieu|may)( [a-z0-9]+){0,3} (mot |1 |moi |hang )?thang /, 4],
  ['form', / (khong biet (chu|viet|dien)|ai (viet|dien|ghi)) /, 1.8],
  ['overview', / (khac (nhau )?(gi|cho nao|the nao|ra sao|o diem nao)|phan biet) /, 5],
  [
    'overview',
    / (phai|can|ra xa|len xa|gio) (ra xa |len xa )?(lam|lo) (nhung |cac )?(thu tuc|giay to|giay) (gi|nao) /,
    3.8,
  ],
  [
    'documents',
    / (can|phai|bat buoc)( phai)? (dan|dua|cho|mang|dem|be|cho)( [a-z0-9]+){1,4} (theo|di cung|di theo)( [a-z]+)? khong /,
    3.8,
  ],
  ['steps', / (lam )?truoc hay( la)?( lam)? sau /, 4],
  ['steps', / (giai quyet|huong dan|chi|giup)( [a-z]+){0,3} (giup|ho|gium|voi|dum)( voi| a)? $/, 2],
  ['eligibility', / co duoc( [a-z0-9]+){0,5} khong (?=.*(o dau|may|bao|gi) )/, 2],
  [
    'eligibility',
    / (tieu chuan|dieu kien|doi tuong)( [a-z0-9]+){0,10} (the nao|nhu nao|ra sao|sao|gi|nao|kieu gi|khong) /,
    5,
  ],
  ['eligibility', / (co )?bat buoc( phai)? (?!nop|mang|dem|co )[a-z]+( [a-z0-9]+){0,8} (khong|chua|a|ha) /, 2],
  [
    'overview',
    /(?<! (dieu kien|ket qua|tieu chuan|ho so|giay to|le phi|phi|can|buoc|mau|nop|han)) la ((cai |loai |giay |so |thu tuc |viec ){0,2}(gi|chi)|the nao|sao|nhu nao)( (day|vay|the|a|ha|nhi|ad|nhe|hong|ma|moi|ai|thi|xa|oi)){0,3} $/,
    5,
  ],
  [
    'overview',
    / nghe (noi|bao|don|nguoi ta|ba con|loa|tivi|hang xom)( [a-z0-9]+){0,20} (la sao|huong dan|la gi|sao vay) /,
    3,
  ],
  [
    'online',
    / (bang|qua|tren|vo|vao) (cai )?(app|mang|web|internet|may tinh|ung dung|vneid|zalo|cong dich vu( cong)?|dien thoai|dich vu cong|email|mail)( [a-z0-9]+){0,6} (khong|sao|the nao|a|ha|nao|duoc) /,
    3.4,
  ],
  [
    'documents',
    / (can|phai|bat buoc|doi|yeu cau|kem)( phai| co| kem| nop| mang| dem| dua| theo)*( ca| them| to| cai| cuon| tam)* (hop dong|photo|photocopy|ban (goc|chinh|sao|ve)|anh (the|chup|chan dung)|hinh( the)?|giay (?!phep)[a-z]+|so (do|hong|ho khau|tam tru|bao hiem|bhyt)|can cuoc|cccd|chung minh|ho chieu|to khai|hoa don|hoc ba|the bao hiem|bang (cap|tot nghiep|lai)|ket qua xet nghiem|xac nhan cua)( [a-z0-9]+){0,6} (khong|chua) /,
    4,
  ],
  [
    'documents',
    / thieu( mat| cai| to){0,2} (giay|so|to|hop dong|ban|can cuoc|cccd|anh|chung)( [a-z0-9]+){0,8} (sao|the nao|duoc khong|lam sao) /,
    5,
  ],
  [
    'documents',
    / (cam|xach|trinh|xuat trinh|kem|gui kem|dua|dem|mang|nop|photo|lam|can|bo)( theo| ra| len| kem| nhung| may| cai| giay| giay to| to){0,3} (gi|chi|giay nao|to nao|giay to nao) (?!(mo|dau) )/,
    1,
  ],
  [
    'documents',
    / (cam|xach|trinh|xuat trinh|kem|dua|photo)( theo| ra| len| nhung| may| cai){0,2} (gi|chi|giay|cai nao) /,
    2.2,
  ],
  ['documents', / (dan|mang|dem|cam)( [a-z]+){0,2} theo( [a-z]+){0,2} (gi|nao|khong) /, 2.2],
  ['steps', / (cai|viec|thu tuc|giay|ben) nao truoc /, 5],
  ['steps', / (ra sao|cach sao|lam sao|the nao|nhu the nao)( (vay|a|ad|ha|day|the|nhi|em|xa))* $/, 1.8],
  ['documents', / (giay to|ho so)( [a-z]+){0,1} (the nao|ra sao|nhu the nao|nhu nao|kieu gi|sao) /, 4.5],
  [
    'fee',
    / (dong nao|xu nao|tien nong|tien bac|thue ma|ton kem|(dat|mac|re) khong|may dong|(dong|thu|tra) (bao )?nhieu|khoan nao phai (dong|nop)) /,
    2.4,
  ],
  ['time', / (chung|khi|bua|hom|luc) nao (?!cung|ma) /, 1.4],
  [
    'eligibility',
    / (bo|cha|me|ong|ba) (con|chau)( [a-z]+){0,3} (cung|di|den|ky|co mat)( [a-z]+){0,3} (chu|khong|ha|a) /,
    2,
  ],
  // must I have the permit at all: no paper to bring
  ['eligibility', / (can|phai)( phai)?( co| xin| lam)? giay phep( [a-z0-9]+){0,4} (khong|chua) /, 4.4],
];

/** Words of a question; a message without any only names its matter. "Đóng dấu" stamps, it does not ask where. */
export const QUESTION_WORDS =
  / (gi|nao|sao|(?<! (?:lam|dong) )dau|khong|chua|bao|may(?! (?:to|cai|dua|cuon) [a-z]+ [a-z]+)|ai|phi|tien|phat|lau|mang theo|mau|kieu|lien|luon|nhieu|luat|online|qua mang|huong dan|thu tuc|buoc|dieu kien|thoi han|o xa|giup|to khai|giay to|ha|het|ho so) /;

/** Within a cue: it asks, and does not only tell of a paper, a place or a day. */
const ASKS =
  / (gi|nao|sao|dau|khong|chua|bao|may|ai|chi|nhieu|nhung|phi|lau|phat|luat|mien|online|mang|mau|khai|gia|lien|luon) /;

/** Its question word may follow: "cần giấy tờ | loại gì". */
function wordsAfter(line: string, end: number): number {
  let at = end;
  for (let word = 0; word < 2 && at < line.length; word++) {
    const next = line.indexOf(' ', at);
    at = next < 0 ? line.length : next + 1;
  }
  return at;
}

/** One cue of one aspect. `at`, `end`: where it stands. */
export interface CuedAspect {
  aspect: Aspect;
  weight: number;
  at: number;
  end: number;
  asks: boolean;
}

const AMOUNT = '(?:bao nhieu|nhieu|may (?:tram|trieu|chuc|dong|ngan|nghin|phan tram))';
const PAYS = new RegExp(
  ` (?:(?:mat|ton|dong|nop|tra|thu|mien|rut|chuyen|doi|phat)(?: (?:le|phi|them|bao|nhieu|gi|may|ngay|truoc|bang|duoc))* (?:tien|phi|dong nao)(?! (?:mai tang|tro cap|ho tro|tuat))|le phi|(?:dong|nop|thu|phi|tra|thue|het|ton)(?: [a-z]+){0,5} ${AMOUNT}|mat ${AMOUNT}|mien phi) `,
);
const GETS = '(?:duoc|huong|lanh|linh|nhan|ho tro|tro cap|tro giup|cho|den|den bu|boi thuong)';
/** Money one gets: whether, and how much. */
const GETS_MONEY = new RegExp(
  ` (?:${GETS}|co)(?: [a-z]+){0,4} (?:tien|dong nao)(?! (?:mat|le|coc) )(?:(?: [a-z0-9]+){0,5} (?:khong|chua|ha|a|hong|hem)|(?: nao| tro cap| ho tro)? (?:gi|chi)(?! (?:day|do))) | (?:co|duoc)(?: [a-z]+){0,3} (?:tro cap|ho tro|huong|lanh|linh)(?: [a-z]+){0,4} (?:khong|chua|(?:gi|chi)(?! (?:day|do))) `,
);
const GETS_AMOUNT = new RegExp(
  ` (?:${GETS}|mai tang|mai tang phi|tien (?:nguoi gia|gia|tuat|tro cap|an trua)|muc)(?: [a-z0-9]+){0,5} ${AMOUNT}(?! (?:ngay|tuoi|nam|lan|nguoi|trang|ban|bo|gio)) | ${AMOUNT}(?: tien)?(?: cho)? (?:mot|1|moi|hang) thang | (?:mot|1|moi|hang) thang(?: [a-z]+){0,4} ${AMOUNT} `,
);

/** Money received is asked, not a fee: "80 tuổi có được tiền không", "mỗi tháng được nhiêu". */
export function moneyReceived(line: string): 'eligibility' | 'result' | null {
  if (PAYS.test(line)) return null;
  return GETS_AMOUNT.test(line) ? 'result' : GETS_MONEY.test(line) ? 'eligibility' : null;
}

/** Where cues say so, every aspect asked, in the order of the text. */
export function cuedAspects(line: string): CuedAspect[] {
  const found = new Map<Aspect, CuedAspect>();
  const received = moneyReceived(line);
  for (const [aspect, pattern, weight] of ASPECT_CUES) {
    const match = received && aspect === 'fee' ? null : pattern.exec(line);
    if (!match) continue;
    const known = found.get(aspect);
    const end = match.index + match[0].length;
    if (!known || known.weight < weight)
      found.set(aspect, {
        aspect,
        weight,
        at: match.index,
        end,
        asks: ASKS.test(line.slice(match.index, wordsAfter(line, end))),
      });
  }
  if (received) found.set(received, { aspect: received, weight: 4.5, at: 0, end: line.length, asks: true });
  return [...found.values()].sort((a, b) => a.at - b.at);
}

/** One question word asks one thing: of cues that lie over each other the heaviest stays. */
export const apart = (cued: CuedAspect[]): CuedAspect[] =>
  cued.filter(
    (one) => !cued.some((other) => other.weight > one.weight && other.at < one.end - 1 && one.at < other.end - 1),
  );
