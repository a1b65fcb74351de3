import type { CallbackInput } from '../provider.ts';

/** Reports with their signatures, byte for byte, and the contract they belong to. */
const callback = (over: Partial<CallbackInput>): CallbackInput => ({
  method: 'GET',
  rawQuery: '',
  rawBody: Buffer.alloc(0),
  headers: {},
  ...over,
});
const json = (body: unknown) =>
  callback({
    method: 'POST',
    rawBody: Buffer.from(JSON.stringify(body)),
    headers: { 'content-type': 'application/json' },
  });

export const RECORDED = {
  vnpay: {
    settings: { environment: 'test', tmnCode: 'HOIXA001', serverIp: '203.0.113.20' },
    secrets: { hashSecret: 'HOIXATESTSECRET0123456789ABCDEF0' },
    paid: callback({
      rawQuery:
        'vnp_Amount=800000&vnp_BankCode=NCB&vnp_BankTranNo=VNP14271027&vnp_CardType=ATM&vnp_OrderInfo=Le+phi+ho+so+H29.33-261121-0007&vnp_PayDate=20261121093512&vnp_ResponseCode=00&vnp_TmnCode=HOIXA001&vnp_TransactionNo=14271027&vnp_TransactionStatus=00&vnp_TxnRef=HX2611210007A&vnp_SecureHash=921b058674d0c84846de389f2b4d95a85f81238ca7d8e36332a868ad1ce426bb568a0f2bddadc7e4e330a2a90c30ccc269317008af22b301d27c5894c9a0146e',
    }),
    ref: 'HX2611210007A',
    gatewayTxn: '14271027',
    paidAt: new Date('2026-11-21T02:35:12Z'),
  },
  momo: {
    settings: { environment: 'test', partnerCode: 'MOMO' },
    secrets: { accessKey: 'F8BBA842ECF85', secretKey: 'K951B6PE1waDMi640xX08PD3vg6EkVlz' },
    paid: json({
      partnerCode: 'MOMO',
      orderId: 'HX2611210007A',
      requestId: '5b1c1a52-0f5e-4b0f-9f0e-0d5f6f2b7c11',
      amount: 8000,
      orderInfo: 'Lệ phí hồ sơ H29.33-261121-0007',
      orderType: 'momo_wallet',
      transId: 4088878653,
      resultCode: 0,
      message: 'Successful.',
      payType: 'qr',
      responseTime: 1795228512345,
      extraData: 'eyJob1NvIjoiSDI5LjMzLTI2MTEyMS0wMDA3In0=',
      signature: '3c4a3332cae7290d4bd8405e4e75b3cd978f1ef7c2b42fd0f2eefebc0ebc47c3',
      // newer accounts add what is not signed
      paymentOption: 'momo',
      userFee: 0,
    }),
    ref: 'HX2611210007A',
    gatewayTxn: '4088878653',
    paidAt: new Date(1795228512345),
  },
  vnptpay: {
    settings: { environment: 'test', merchantServiceId: '6901' },
    secrets: { apiKey: 'bearer-key', secret: 'HOIXAVNPTSECRET' },
    paid: json({
      ACTION: 'CONFIRM',
      RESPONSE_CODE: '00',
      MERCHANT_SERVICE_ID: '6901',
      MERCHANT_ORDER_ID: 'HX2611210007A',
      AMOUNT: '8000',
      CURRENCY_CODE: 'VND',
      VNPTPAY_TRANSACTION_ID: 'VNPT260000123',
      PAYMENT_METHOD: 'VNPTPAY',
      PAY_DATE: '20261121093512',
      SECURE_CODE: '7ab370c0a5067b9e71eb27f288a30d02b8d451c8c5cf26ed5b35fbd4c4950f26',
    }),
    ref: 'HX2611210007A',
    gatewayTxn: 'VNPT260000123',
    paidAt: new Date('2026-11-21T02:35:12Z'),
  },
  pp: {
    settings: {
      environment: 'test',
      partnerCode: 'HOIXA',
      unitCode: 'H29.33',
      unitName: 'UBND xã Thử Nghiệm',
      beneficiary: { account: '1012345678', bankCode: 'VCB', name: 'UBND XA THU NGHIEM' },
    },
    secrets: { secret: 'HOIXAPPSECRET' },
    paid: json({
      LoaiBanTin: 'CONFIRM',
      MaLoi: '00',
      MaDoiTac: 'HOIXA',
      MaThamChieu: 'dvcH29332611210007093000',
      SoTien: 8000,
      MaTienTe: 'VND',
      MaGiaoDich: 'PP26112100000123',
      MaNganHang: 'VCB',
      ThoiGianGD: '20261121093512',
      ThongTinGiaoDich: 'THANH TOAN HO SO H29.33-261121-0007',
      MaXacThuc: '89018d5c79589bf975e6488194c5a08029887f3d745ae2e107f33444e91c217b',
    }),
    ref: 'dvcH29332611210007093000',
    gatewayTxn: 'PP26112100000123',
    paidAt: new Date('2026-11-21T02:35:12Z'),
  },
} as const;
