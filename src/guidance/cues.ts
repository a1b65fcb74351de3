import type { Aspect, Intent } from './guidance.ts';

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
    / (bao lau|may ngay|bao nhieu ngay|may hom|may bua|may thang|may tuan|bao gio (co|xong|lay|nhan|duoc)|khi nao (co|xong|lay|nhan|duoc|moi)|chung nao (co|xong|lay|nhan)|lau khong|doi lau|lay lien|lay luon|lay ngay|co lien|co luon|trong ngay|trong buoi|lam gap|mat may ngay|trong vong|thoi gian|han (may|bao) ngay|truoc may ngay|sang chieu|khi nao $) /,
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
    4,
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
    / (o dau|cho nao|noi nao|dau (vay|a|the|nhi|day|duoc|co|$)|len dau|ra dau|toi dau|den dau|ben nao|quay nao|phong nao|phuong nao|xa nao|gap ai|noi nop|dia diem|di dau|nop dau) /,
    1.7,
  ],
  [
    'place',
    / (o|tai|len|ra|toi|den|cua) (xa|phuong|uy ban|uy ban nhan dan|cong an|cong an xa|cong an phuong|cho tro|cho tam tru|noi tam tru|day|que|sai gon|ha noi|noi khac|xa khac|tinh khac|cho khac|thon|ben (nha )?(trai|gai|vo|chong))( [a-z0-9]+){0,2} (duoc|co|lam|cung duoc)( [a-z0-9]+){0,2} (khong|chua|a|ha|phai khong) /,
    3.6,
  ],
  [
    'place',
    / (hay (la )?(phai )?(o|ra|len|ve|den|toi|di|lam o)|hay (uy ban|cong an|xa|phuong|quan|huyen|tinh|ben)|(phai|co phai|co can) (quay )?ve (tung |tan )?(que|noi|xa|tung noi|cho)) /,
    3,
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
    3,
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
    1.3,
  ],
  ['legal_basis', / (qua|tre|muon|hon \d+ ngay)( [a-z0-9]+){0,6} (co sao|sao khong|bi gi) /, 3.5],
  ['place', / (den|di|nop|len) truc tiep( [a-z0-9]+){0,2} (duoc|o) /, 3.5],
  [
    'validity',
    / (ten xa cu|xa cu|sap nhap|dia chi cu|huyen cu|tinh cu)( [a-z0-9]+){0,8} (doi|dung|lam lai|gia tri) /,
    3.5,
  ],
  ['eligibility', / (may|bao nhieu) (ngay|thang|tuoi|nam) (thi|moi)( [a-z]+){0,2} (phai|duoc|can) /, 3.2],
  ['place', / (xa|can bo|cong an)( co)? (den|toi|ve) (tan )?nha( [a-z]+){0,5} (khong|duoc) /, 3.5],
  ['eligibility', / (ca (hai|2)|hai (ben|nguoi|vo chong|dua))( [a-z]+){0,5} (di|ky|len|co mat|cung) /, 2.5],
  ['eligibility', / ai (lam|di|nop|xin|dung ra)( [a-z]+){0,3} (ho|thay|giup|duoc) /, 2],
  ['result', / (nhan|huong|linh|duoc) (bao nhieu|nhieu|may)( [a-z0-9]+){0,3} (mot |1 |moi |hang )?thang /, 4],
  ['form', / (khong biet (chu|viet|dien)|ai (viet|dien|ghi)) /, 2.5],
];

/** Words of a question; a message without any only names its matter. */
export const QUESTION_WORDS =
  / (gi|nao|sao|dau|khong|chua|bao|may|ai|phi|tien|phat|lau|mang theo|mau|kieu|lien|luon|nhieu|luat|online|qua mang|huong dan|thu tuc|buoc|dieu kien|thoi han|o xa|giup|to khai|giay to|ha|het|ho so) /;

/** Where cues say so, every aspect asked, in the order of the text. */
export function cuedAspects(line: string): { aspect: Aspect; weight: number; at: number }[] {
  const found = new Map<Aspect, { aspect: Aspect; weight: number; at: number }>();
  for (const [aspect, pattern, weight] of ASPECT_CUES) {
    const match = pattern.exec(line);
    if (!match) continue;
    const known = found.get(aspect);
    if (!known || known.weight < weight) found.set(aspect, { aspect, weight, at: match.index });
  }
  return [...found.values()].sort((a, b) => a.at - b.at);
}

/** Words that decide an intent whatever else stands in the message. Letters without marks. */
export const EMERGENCY_CUES: { kind: EmergencyKind; pattern: RegExp }[] = [
  {
    kind: 'suicide',
    pattern:
      / (khong muon song|muon chet|tu tu|tu sat|chet (quach|cho roi|di cho)|ket lieu|chan song|khong thiet song) /,
  },
  {
    kind: 'child_abuse',
    pattern:
      / (so mo|xam hai|dam o|hiep dam|hiep|lam duc|du do) (.{0,40})$| (be|chau|con|dua nho|tre|em be)( [a-z]+){0,4} bi( [a-z]+){0,4} (danh|bao hanh|so mo|xam hai|hanh ha|du do|bo doi) | (danh dap|danh|bao hanh|hanh ha) (dua nho|dua be|tre em|con nit|be gai|be trai|dua tre) | bi (duong|bo duong|me ke|cha|bo|cau|chu|bac)( [a-z]+){0,2} danh /,
  },
  {
    kind: 'fire',
    pattern:
      / (chay nha|chay (quan|cho|xuong|rung|lon|roi|kho|tiem)|nha( [a-z]+){0,4} (dang|bi) chay|dam chay|boc chay|no binh|no gas|ro gas|khoi den) /,
  },
  {
    kind: 'accident',
    pattern:
      / (cap cuu|cuu (voi|toi|em|chau|giup|mang)|duoi nuoc|chet duoi|bat tinh|ngat xiu|xiu roi|bi xiu|(bi|gap|co|vua|xay ra) tai nan( [a-z]+){0,3} (giao thong|nang|chay mau|bat tinh|ngoai duong|dau duong|truoc nha|o nga)|dien giat|khong tho|co giat|dot quy|ran can|chay mau|chay mau dau|bi thuong nang|day dien( [a-z]+){0,3} (dut|rot|roi)|(bi|dang) ho dien) /,
  },
  { kind: 'poisoning', pattern: / (uong nham|ngo doc|uong thuoc (sau|tru sau|diet co|chuot)) / },
  {
    kind: 'violence',
    pattern:
      / (danh (em|toi|vo|me|ba|con)( [a-z]+){0,5} (chay mau|bam|hoai|dap|nhap vien|gay)|bao hanh|cam dao|cam ma tau|dam nguoi|chem|doi giet|doa giet|cuop|an trom|trom dang|pha cua|dot nhap|bat coc|say( [a-z]+){0,2} danh|danh dap|danh nhau) /,
  },
  {
    kind: 'flood_storm',
    pattern:
      / (nuoc lu|lu (dang|ve|cuon|len)|ngap (toi|den|nha|ngang|mai|noc)|sat lo|(vo|be) de (roi|bao|song|dieu|dau)|be de roi|lu quet|(ca nha|nguoi|ket|dang|leo|o)( [a-z]+){0,3} tren (mai|noc)( nha)? cuu|ca nha( [a-z]+){0,3} tren (mai|noc)|nuoc (dang|len|cuon)( [a-z]+){0,6} (nha|mai|cua|nguc)|mac ket|co lap) /,
  },
  {
    kind: 'missing_child',
    pattern:
      / (lac (mat )?(con|chau|be)|(be|chau|con)( [a-z]+){0,4} (bi lac|mat tich|di lac)|bi bat coc|(nguoi la|ai do|ke la)( [a-z]+){0,2} (dat|be|cho)( [a-z]+){0,2} (con|chau|be)( [a-z]+){0,4} (di|len)) /,
  },
  {
    kind: 'scam',
    pattern:
      / ((bi|da|vua|lo) (lua|mat)( [a-z0-9]+){0,3} (chuyen khoan|tien|trieu)|(lo|da|vua) (chuyen|ck|dong)( [a-z0-9]+){0,6} (lua|lua dao|gia danh)|bi lua (chuyen|dao|het|mat)|gia danh cong an) /,
  },
];

export type EmergencyKind =
  | 'suicide'
  | 'child_abuse'
  | 'fire'
  | 'accident'
  | 'poisoning'
  | 'violence'
  | 'flood_storm'
  | 'missing_child'
  | 'scam';

/** The paper itself is burnt or washed away, long ago, or a rule is asked: no emergency. */
export const NOT_EMERGENCY =
  / (giay|so goc|so do|so hong|bang|ho so|ho chieu|the can cuoc|khai sinh|ket hon|phep|gia han|dang ky|tro cap|ho tro|thiet hai|thu tuc|che do|giay chung nhan|trich luc|hoa giai vien|khai tu|giay bao tu|mai tang|phong chay|bao hiem|ma chay|ho ngheo|can ngheo|giam ho|tam tru|vneid|dong ho|mat troi|can cuoc|cccd|thong bao|le phi|bao nhieu tien|bao nhieu ngay) /;

export const HUMAN_CUE =
  / (gap (truc tiep )?(can bo|nguoi that|nhan vien|ai do|anh can bo|chi can bo|co can bo|nguoi|tu van vien|lanh dao|nguoi phu trach)|noi chuyen (voi|truc tiep)( [a-z]+){0,2} (nguoi|can bo|nhan vien)|(chuyen|ket noi|noi) (may |cho |giup |qua |sang |den |toi |voi ){0,3}(can bo|nhan vien|nguoi that|tong dai|tu van vien)|tong dai vien|(khong|hong|chang|chan) (muon )?noi( chuyen)? voi (may|bot)|goi lai cho|hoi truc tiep (can bo|nguoi)|(co )?(ai|can bo( nao)?) (truc|online|o do|tra loi)( [a-z]+){0,2} khong vay|co ai truc|noi chuyen voi nguoi|cho gap|xin gap|muon gap|can gap nguoi|hen gap (chu tich|lanh dao|can bo)) /;

export const INJECTION_CUE =
  /( (bo qua|quen|phot lo|ignore|disregard|forget|bo het|vuot qua)( [a-z]+){0,5} (huong dan|chi dan|quy dinh|lenh|instruction|instructions|quy tac|rule|rules|chi thi|vai tro|prompt|rang buoc) )|( (system prompt|loi nhac he thong|loi nhac|prompt (cua|he|goc)|cau lenh he thong|dev mode|developer mode|jailbreak|khong gioi han|che do quan tri|lenh he thong) )|(^ (system|he thong|assistant|admin) (tra loi|nguoi dung|bay gio|hay|ban) )|( (ban|may|bot)( [a-z]+){0,3} (la|dong vai|gia lam|thanh)( [a-z]+){0,3} (quan tri vien|admin|hacker|root|giam doc|ban gai|nhan vat) )|( hay ghi nho )|( (in|hien|lap lai|doc|xuat)( [a-z]+){0,4} (prompt|he thong|noi dung an|nguyen van|cau lenh|huong dan (tren|truoc|goc)) )|( (danh sach|so can cuoc|thong tin|dia chi|so dien thoai)( [a-z]+){0,3} cua( [a-z]+){0,2} (moi nguoi|ca xa|ong|ba|tat ca|nguoi khac) .*$)/;

/** Words that settle an intent unless a procedure is named with at least the share `unless`. */
export const INTENT_CUES: { intent: Intent; pattern: RegExp; unless: number }[] = [
  { intent: 'human_request', pattern: / (hen|xin|muon|dang ky) gap (chu tich|lanh dao|bi thu) /, unless: 2 },
  {
    intent: 'office_info',
    pattern:
      / (lich tiep (cong )?dan|(chu tich|lanh dao) tiep dan|(xin|co|cho) email|email (cua|xa|uy)|dia chi (uy ban|xa|phuong|tru so|trung tam)) /,
    unless: 2,
  },
  {
    intent: 'office_info',
    pattern:
      / (le|tet|30 4|1 5|2 9|24 11|quoc khanh|giong to|thu bay|thu 7|chu nhat)( [a-z0-9]+){0,5} (co )?(lam viec|mo cua|lam khong|truc|nghi)( [a-z]+){0,2} /,
    unless: 0.6,
  },
  { intent: 'feedback_complaint', pattern: / (phan anh|gop y|kien nghi) /, unless: 2 },
  {
    intent: 'feedback_complaint',
    pattern: / (toi|em|minh|tui|chau|con|muon|lam don|gui don|viet don)( [a-z]+){0,5} (khieu nai|to cao) /,
    unless: 2,
  },
  {
    intent: 'abusive',
    pattern:
      / (do ngu|ngu (vl|vai|the|qua|nhu|si|vay)|oc cho|cho chet|mat day|vo hoc|(bi|may|m) (dien|khung)( a| ha)?|cut (di|me|ngay)|vcl|clgt|dcm|dit me|an hai|khon nan|(may|m) (tra loi|noi)( [a-z]+){0,4} (dang hoang|tu te|ra hon)) /,
    unless: 0.9,
  },
  {
    intent: 'bot_identity',
    pattern:
      /^ (dang )?(noi chuyen voi )?(ai day|ban la ai|may la ai|la ai)( vay| the| a| ha| do)* $| (may hay nguoi|nguoi hay may|bot hay nguoi|robot|chatbot|co phai (may|bot|nguoi that|zalo|trang) |(ban|bot|em) (lam|giup) duoc( [a-z]+){0,3} gi) | (bi lo|lo thong tin|bao mat)( [a-z]+){0,3} khong /,
    unless: 0.8,
  },
  {
    intent: 'out_of_scope',
    pattern:
      / (thoi tiet|troi (nang|mua)|nang hay mua|co mua khong|xo so|so de|danh de|gia (vang|xang|heo|lua|ca phe)|bong da|keo bong|keo (bong|nha cai)|tu vi|than so hoc|xem boi|boi toan|python|lap trinh|lam tho|bai tho|ke chuyen|vay (tien|nhanh|nong|tin chap)|khong the chap|tuyen (cong nhan|nhan vien|lao dong|dung)|ve (xe|tau|may bay)|bitcoin|chung khoan|tien ao|co loi khong|sinh loi|trung so|phim|nau an|nguoi yeu|ban gai|toa an|ly hon don phuong|chia tai san) /,
    unless: 0.85,
  },
];
