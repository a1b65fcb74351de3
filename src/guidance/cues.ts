import type { DangerKind } from './cries.ts';
import type { Intent } from './guidance.ts';

/** Words that speak for a danger, beside what was learnt (cries.ts). Letters without marks. */
export const EMERGENCY_CUES: { kind: DangerKind; pattern: RegExp }[] = [
  {
    kind: 'suicide',
    pattern:
      / (khong muon song|muon chet|tu tu|tu sat|chet (quach|cho roi|di cho)|ket lieu|chan song|khong thiet song|loi vinh biet|(rach|cat) (co )?tay (tu|vi|do)|dinh nhay (cau|lau)|(song|cuoc song)( [a-z]+){0,3} (khong|chang|hong)( con)? (y nghia|ly do)) /,
  },
  {
    kind: 'child_abuse',
    pattern:
      / (so mo|xam hai|dam o|hiep dam|hiep|lam duc|du do) (.{0,40})$| (be|chau|con|dua nho|tre|em be)( [a-z]+){0,4} bi( [a-z]+){0,4} (danh|bao hanh|so mo|xam hai|hanh ha|du do|bo doi) | (danh dap|danh|bao hanh|hanh ha) (dua nho|dua be|tre em|con nit|be gai|be trai|dua tre) | bi (duong|bo duong|me ke|cha|bo|cau|chu|bac)( [a-z]+){0,2} danh /,
  },
  {
    kind: 'fire',
    pattern:
      / (chay nha|chay (quan|cho|xuong|rung|lon|roi|kho|tiem)|nha( [a-z]+){0,4} (dang|bi) chay|dam chay|boc chay|no binh|no gas|gas( [a-z]+){0,2} (no|chay|ro|xi)|ro gas|xi gas|mui gas|khoi den|boc lua|toe lua|(chap|chay) dien( [a-z]+){0,4} (khoi|lua|chay)) /,
  },
  {
    kind: 'accident',
    pattern:
      / (cap cuu|duoi nuoc|chet duoi|(roi|te|nga|lot|truot)( [a-z]+){0,2} xuong( [a-z]+){0,1} (ao|song|gieng|kenh|muong|suoi|bien|nuoc)|bat tinh|ngat xiu|xiu roi|bi xiu|(bi|gap|co|vua|xay ra) tai nan( [a-z]+){0,3} (giao thong|nang|chay mau|bat tinh|ngoai duong|dau duong|truoc nha|o nga)|dien giat|khong tho|co giat|dot quy|ran can|chay mau|chay mau dau|bi thuong nang|day dien( [a-z]+){0,3} (dut|rot|roi)|(bi|dang) ho dien|nam bat dong|ngat (trong|tren|ngoai|di)|ran( [a-z]+){0,2} can|hoc (hat|xuong|di vat)|meo mieng|chim( mat)? (mot|hai|ca|xuong)|(con|bi|dang|mac) ket( lai)? (ben|o|duoi|trong)|(de|sap) (sap|trung|len)( [a-z]+){0,2} nguoi|dau de( [a-z]+){0,2} (giua|ma|khong)|khong cu dong) /,
  },
  {
    kind: 'poisoning',
    pattern:
      / (uong nham|ngo doc|uong thuoc (sau|tru sau|diet co|chuot)|(non|oi)( [a-z]+){0,2} (hang loat|lien tuc)|soi bot|nuot (nham|phai|pin)) /,
  },
  {
    kind: 'violence',
    pattern:
      / (danh (em|toi|vo|me|ba|con)( [a-z]+){0,5} (chay mau|bam|hoai|dap|nhap vien|gay|mau me|day mau)|(hang xom|chong|bo|cha|ong ay|thang|nha ben|no|anh ay|vo chong)( [a-z]+){0,4} (danh|dam|bop co|dap)( [a-z]+){0,1} (vo|con|me|em be|nguoi)|(?<! (?:dinh|nhom|nghiem|hien|rut|lay|cho) )mau me|do mau|toe mau|bao hanh|cam dao|cam ma tau|dam nguoi|chem|doi giet|doa giet|cuop|an trom|trom dang|pha cua|dot nhap|bat coc|say( [a-z]+){0,2} danh|danh dap|danh nhau) /,
  },
  {
    kind: 'flood_storm',
    pattern:
      / (nuoc lu|lu (dang|ve|cuon|len)|ngap (toi|den|nha|ngang|mai|noc)|sat lo|dat( dang)? truot|nui lo|(vo|be) de (roi|bao|song|dieu|dau)|be de roi|lu quet|(ca nha|nguoi|ket|dang|leo|o)( [a-z]+){0,3} tren (mai|noc)( nha)? cuu|ca nha( [a-z]+){0,3} tren (mai|noc)|nuoc (dang|len|cuon)( [a-z]+){0,6} (nha|mai|cua|nguc)|mac ket|co lap) /,
  },
  {
    kind: 'missing',
    pattern:
      / (lac (mat )?(con|chau|be)|(be|chau|con)( [a-z]+){0,4} (bi lac|mat tich|di lac)|bi bat coc|(nguoi la|ai do|ke la)( [a-z]+){0,2} (dat|be|cho)( [a-z]+){0,2} (con|chau|be)( [a-z]+){0,4} (di|len)) /,
  },
  {
    kind: 'scam',
    pattern:
      / ((bi|da|vua|lo) (lua|mat)( [a-z0-9]+){0,3} (chuyen khoan|tien|trieu)|(lo|da|vua) (chuyen|ck|dong)( [a-z0-9]+){0,6} (lua|lua dao|gia danh)|bi lua (chuyen|dao|het|mat)|gia danh cong an|(gia danh|gia|tu xung|tu nhan|xung)( la)? (cong an|can bo|ngan hang|toa an|vien kiem sat)( [a-z]+){0,10} (bat|ep|giuc|doi|yeu cau|doa)( [a-z]+){0,6} (chuyen|tien|otp|ma)|(doc|lay|xin|gui|bat)( [a-z]+){0,3} (ma )?otp( [a-z]+){0,6} (mat|tru|het) tien) /,
  },
];

/** The paper itself is burnt or washed away, long ago, or a rule is asked: no emergency. */
export const NOT_EMERGENCY =
  / (giay|so goc|so do|so hong|bang|ho so|ho chieu|the can cuoc|khai sinh|ket hon|phep|gia han|dang ky|tro cap|ho tro|thiet hai|thu tuc|che do|giay chung nhan|trich luc|hoa giai vien|khai tu|giay bao tu|mai tang|phong chay|bao hiem|ma chay|ho ngheo|can ngheo|giam ho|tam tru|vneid|dong ho|mat troi|can cuoc|cccd|thong bao|le phi|bao nhieu tien|bao nhieu ngay) /;

export const HUMAN_CUE =
  / (gap (truc tiep )?(can bo|nguoi that|nhan vien|ai do|anh can bo|chi can bo|co can bo|nguoi|tu van vien|lanh dao|nguoi phu trach)|noi chuyen (voi|truc tiep)( [a-z]+){0,2} (nguoi|can bo|nhan vien)|(chuyen|ket noi|noi) (may |cho |giup |qua |sang |den |toi |voi ){0,3}(can bo|nhan vien|nguoi that|tong dai|tu van vien)|tong dai vien|(khong|hong|chang|chan) (muon )?noi( chuyen)? voi (may|bot)|goi lai cho|hoi truc tiep (can bo|nguoi)|(co )?(ai|can bo( nao)?) (truc|online|o do|tra loi)( [a-z]+){0,2} khong vay|co ai truc|noi chuyen voi nguoi|cho gap|xin gap|muon gap|can gap nguoi|hen gap (chu tich|lanh dao|can bo)) /;

export const INJECTION_CUE =
  /( (bo qua|quen|phot lo|ignore|disregard|forget|bo het|vuot qua)( [a-z]+){0,5} (huong dan|chi dan|quy dinh|lenh|instruction|instructions|quy tac|rule|rules|chi thi|vai tro|prompt|rang buoc) )|( (system prompt|loi nhac he thong|loi nhac|prompt (cua|he|goc)|cau lenh he thong|dev mode|developer mode|jailbreak|khong gioi han|che do quan tri|lenh he thong) )|(^ (system|he thong|assistant|admin) (tra loi|nguoi dung|bay gio|hay|ban) )|( (ban|may|bot)( [a-z]+){0,3} (la|dong vai|gia lam|thanh)( [a-z]+){0,3} (quan tri vien|admin|hacker|root|giam doc|ban gai|nhan vat) )|( hay ghi nho )|( (in|hien|lap lai|doc|xuat)( [a-z]+){0,4} (prompt|he thong|noi dung an|nguyen van|cau lenh|huong dan (tren|truoc|goc)) )|( (danh sach|so can cuoc|thong tin|dia chi|so dien thoai)( [a-z]+){0,3} cua( [a-z]+){0,2} (moi nguoi|ca xa|(?:ong|ba)(?! (?:noi|ngoai|co|cu|so|ba|toi|em|chau|minh|con)(?= ))|tat ca|nguoi khac) .*$)/;

/** Words that settle an intent unless a procedure is named with at least the share `unless`. */
export const INTENT_CUES: { intent: Intent; pattern: RegExp; unless: number }[] = [
  {
    intent: 'bot_identity',
    pattern:
      / (nguoi( that)? hay( la)? (may|bot|robot|tu dong|tra loi tu dong|ai|tro ly)|may( tra loi)? hay( la)? (can bo|nguoi)|can bo( that)? hay( la)? (may|bot|tu dong)|tra loi tu dong (a|ha|phai khong|hay|khong)|nguoi that (khong|a|ha|tra loi)) /,
    unless: 0.9,
  },
  {
    intent: 'human_request',
    pattern:
      / (xin|cho)( [a-z]+){0,3} (so dien thoai|sdt|so dt|so zalo|so)( rieng)?( cua)? (chi|anh|co|chu)( can bo)? (lam|phu trach|giai quyet) /,
    unless: 2,
  },
  {
    intent: 'office_info',
    pattern:
      / (can bo|anh|chi|co|chu|ong|ba|ben|bo phan|phong|ban)( can bo)? (dia chinh|dat dai|tu phap|ho tich|mot cua|van hoa|lao dong|thuong binh|chinh sach|xay dung|ke toan|tai chinh|cong an|chu tich|pho chu tich|tiep dan|nong nghiep|y te|quan su|van phong)( xa)?( [a-z]+){0,4} (ngay nao|hom nao|thu may|buoi nao|may gio|luc nao|gio nao|bua nao|co mat|co truc|truc ngay|truc buoi) | (dia chinh|tu phap|ho tich|chu tich)( xa)?( [a-z]+){0,2} (thu may|ngay nao|hom nao|buoi nao|bua nao)( [a-z]+){0,2} (co mat|truc|lam|tiep|o) /,
    unless: 2,
  },
  {
    intent: 'office_info',
    pattern:
      / (trua|buoi trua|toi|buoi toi|cuoi tuan|ngay nghi|chieu|sang|hom nay|mai|ngay mai)( thu [a-z0-9]+)?( [a-z]+){0,3} (co )?(ai |nguoi |can bo )?(truc|lam viec|mo cua|nghi|tiep dan|tiep|nhan ho so)( [a-z]+){0,2} (khong|chua|a|ha|nhi) /,
    unless: 0.9,
  },
  {
    intent: 'office_info',
    pattern:
      / (cong an|uy ban|uy ban nhan dan|tru so|tram y te|mot cua|buu dien|ngan hang|bo phan|phong|quay|thue|xa|phuong)( xa| phuong| minh| ta| nhan dan)?( gio| nay| moi| da| bay gio){0,2} (doi|chuyen|don|nam|dat|dong|o)( tru so)?( ve| o| ra| qua| di| den| tai| sang){0,2} (dau|cho nao|cho mo|noi nao|duong nao|tang may|lau may|phong may|phong nao) /,
    unless: 0.9,
  },
  {
    intent: 'office_info',
    pattern:
      / (lam|nop|lay|len|den|xin|ra|nhan)( [a-z]+){0,5} (vao )?(thu bay|thu 7|t7|chu nhat|cuoi tuan|buoi toi|buoi trua|gio nghi|ngoai gio)( co)? (duoc (khong|chua|a|ha)|lam khong|nhan khong) /,
    unless: 2,
  },
  {
    intent: 'office_info',
    pattern:
      / (xa|uy ban|phuong|cong an|minh|mot cua)( xa| minh| ta| nay| nha)? co (nhom |trang |kenh |so )?(zalo|facebook|fb|fanpage|trang|page|website|web|email|hotline|duong day nong|so dien thoai|sdt|wifi|cho gui xe|bai xe)( [a-z]+){0,3} (khong|chua|a|ha) /,
    unless: 2,
  },
  {
    intent: 'office_info',
    pattern:
      / (xin|cho|can|hoi)( [a-z]+){0,4} (so (ban|may ban|dien thoai|dt|hotline|may|zalo)|sdt|hotline|duong day nong)( cua| ben)?( bo phan| phong| can bo| ben)? (mot cua|uy ban|xa|phuong|cong an|tram y te|tu phap|ho tich|dia chinh|van phong) /,
    unless: 2,
  },
  {
    intent: 'account_help',
    pattern:
      / (vneid|tai khoan|dinh danh( dien tu)?|dich vu cong|cong dvc|app)( [a-z0-9]+){0,8} (khong (dang nhap|vao|mo|kich hoat|nhan (duoc )?(otp|ma)|hien)|dang nhap khong|vao khong|bao loi|bi loi|bi khoa|bi thoat|bi treo|bi vang|bi quay|quen (mat khau|pass)|sai mat khau) | quen (mat khau|pass|ma)( [a-z]+){0,5} (vneid|dinh danh|dich vu cong|tai khoan) | kich hoat( [a-z]+){0,6} khong (duoc|len|nhan) /,
    unless: 2,
  },
  { intent: 'human_request', pattern: / (hen|xin|muon|dang ky) gap (chu tich|lanh dao|bi thu) /, unless: 2 },
  {
    // the desk itself is asked for, and no procedure named
    intent: 'office_info',
    pattern:
      /^ ((cho|xin|toi|em|minh|hoi|muon|ad|a|oi|xa|vay|the|thi|biet|phai|den|ra|toi) )*(dia chi|(nop|gui|dua|lay|nhan|tra)( ho so| giay to| ket qua| giay| don){1,2})( (xa|minh|cua|uy ban|phuong|mot cua|thi|nay|do))*( (o|tai|cho|den|ra))* ?(dau|cho nao|noi nao|cho mo|phong nao|nhu the nao|la gi)?( (vay|z|v|a|ad|nhi|the|ha|em|ban|oi|xa))* $/,
    unless: 2,
  },
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
  // forging papers, getting round a duty
  {
    intent: 'out_of_scope',
    pattern:
      / (lam|mua|cach|chi|dat|ban|xin)( [a-z]+){0,4} (giay to|can cuoc|cccd|bang cap|bang dai hoc|bang lai|giay khai sinh|so do|chung minh|con dau|ho so) gia (?!dinh|bao|the|tien|nhieu|ca |may|re|dat|bn|ra)| (tron|lach|ne|khai gian)( [a-z]+){0,2} (nghia vu|thue|lenh goi|nhap ngu|phat|tuoi) /,
    unless: 2,
  },
  {
    intent: 'out_of_scope',
    pattern:
      / (thoi tiet|troi (nang|mua)|nang hay mua|co mua khong|xo so|so de|danh de|gia (vang|xang|heo|lua|ca phe)|bong da|keo bong|keo (bong|nha cai)|tu vi|than so hoc|xem boi|boi toan|python|lap trinh|lam tho|bai tho|ke chuyen|vay (tien|nhanh|nong|tin chap)|khong the chap|tuyen (cong nhan|nhan vien|lao dong|dung)|ve (xe|tau|may bay)|bitcoin|chung khoan|tien ao|co loi khong|sinh loi|trung so|phim|nau an|nguoi yeu|ban gai|toa an|ly hon don phuong|chia tai san) /,
    unless: 0.85,
  },
];
