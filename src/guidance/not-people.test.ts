import { expect, test } from 'vitest';
import { askOnce } from './ask.ts';
import { createGuidance } from './engine.ts';
import { normalise } from './normalise.ts';
import { findNotPerson } from './not-people.ts';

const guidance = createGuidance();

const ABSURD = `
làm giấy khai sinh cho con mèo nhà em cần gì
khai sinh cho chó con mới đẻ
đăng ký kết hôn cho hai con chó nhà tôi
hai con chó nhà em yêu nhau muốn đăng ký kết hôn
khai tử cho con gà
con gà trống nhà tôi chết rồi làm khai tử ở đâu
chó nhà em mới mất, giờ làm giấy chứng tử cần gì
xin giấy xác nhận độc thân cho con gà mái
nhập hộ khẩu cho đàn vịt
đăng ký thường trú cho con heo nái
làm căn cước công dân cho con bò sữa
làm hộ chiếu cho con vẹt đi nước ngoài
đăng ký tạm trú cho con mèo hoang
cho con mèo nhà tôi đăng ký khai sinh được không
nhận con chó làm con nuôi thì làm giấy ở xã à
nhận nuôi mèo làm con nuôi cần giấy gì
ly hôn giữa hai con vịt
giám hộ cho con rùa
con trâu nhà tôi có được làm thẻ căn cước không
xin trợ cấp người cao tuổi cho con rùa 80 tuổi
mai táng phí cho con chó cưng
đăng ký nghĩa vụ quân sự cho con chó becgie
lam giay khai sinh cho con meo
khai tu cho con ga
dang ky ket hon cho hai con cho
lam khai sinh cho con cho nha em
lam can cuoc cho con meo can gi
lập di chúc cho con mèo
đăng ký kết hôn với con dê
kết hôn với con khỉ được không
em muốn cưới con mèo nhà hàng xóm, đăng ký kết hôn thế nào
làm thẻ bảo hiểm y tế cho con mèo
giấy khai sinh của con lợn mất rồi làm lại sao
trích lục khai sinh cho con ngựa
bầu cử cho con cá
khai sinh cho con cá vàng
khai tử con muỗi
khai tử cho con gián tôi vừa đập
đăng ký kết hôn với cái gối ôm
kết hôn với robot được không
đăng ký kết hôn với búp bê
khai tử cho cái điện thoại
làm giấy khai sinh cho xe máy mới mua
làm căn cước cho cái tủ lạnh
khai sinh cho cây bưởi
ly hôn với cái điện thoại
nhận cây xoài làm con nuôi, đăng ký con nuôi cho cây xoài
đăng ký thường trú vào trái tim em
đăng ký tạm trú trong tim em được không
dang ky thuong tru vao trai tim em
xin sổ đỏ trên mặt trăng
làm sổ đỏ cho mảnh đất trên sao hỏa
so do tren mat trang can giay to gi
chứng thực nụ cười của em
công chứng tình yêu của chúng mình
sao y trái tim
xin giấy phép xây nhà trên đám mây
đăng ký kết hôn với siêu nhân
kết hôn với ma nữ được không
đăng ký kết hôn với người ngoài hành tinh
làm hộ khẩu ở thiên đường
đăng ký tạm trú dưới âm phủ
cấp giấy chứng nhận đẹp trai
xin giấy xác nhận xinh đẹp
khai tử cho nỗi buồn
khai sinh cho giấc mơ
làm căn cước cho doraemon
sang tên linh hồn cho người yêu
đăng ký kết hôn kiếp sau
`
  .trim()
  .split('\n');

const EARNEST = `
khai báo nuôi chó ở xã thế nào
tiêm phòng dại cho chó ở đâu
chó cắn con tôi thì xin giấy tờ gì
kê khai chăn nuôi heo
đăng ký trang trại nuôi bò
mở quán thịt chó có phải đăng ký hộ kinh doanh không
đăng ký hộ kinh doanh bán thức ăn cho mèo
mở tiệm chăm sóc thú cưng cần giấy phép gì
lợn chết vì dịch xin hỗ trợ
trâu bò chết rét có được hỗ trợ không
hợp đồng mua bán trâu chứng thực ở xã được không
lập di chúc để lại đàn bò cho con
con heo nhà hàng xóm phá vườn, hòa giải ở đâu
bố tôi bị trâu húc chết, làm khai tử cần gì
ông tôi bị ong đốt chết, khai tử cho ông
mẹ tôi bị chó dại cắn mất hôm qua, khai tử thế nào
bé Heo nhà em mới sinh, làm khai sinh cần gì
khai sinh cho bé Gấu nhà em
con em ở nhà gọi là Mèo, làm khai sinh cần gì
bé tên Thỏ mới sinh 3 ngày làm khai sinh
khai sinh cho con em hỏi cần giấy tờ gì
lam khai sinh cho con cho em hoi can gi
khai sinh cho con cho hoi mat tien khong
khai sinh cho con de o nha
lam khai sinh cho con ca cua toi
khai tu cho ong noi
khai tu cho bo em moi mat
dang ky ket hon voi ong tay
ket hon voi nguoi ho hang duoc khong
dang ky ket hon o xa mat bao lau
con tuổi con gà, năm nay làm căn cước được chưa
sinh năm con chó có phải đi nghĩa vụ quân sự không
bán con bò để lo đám cưới, đăng ký kết hôn mất bao tiền
nhà tôi nuôi hai con bò thì có được xét hộ nghèo không
nuôi cá lồng trên hồ phải xin giấy gì
thuê nhà có nuôi mèo, đăng ký tạm trú cần gì
đăng ký xe máy cho vợ
sang tên xe máy ở đâu
mua bán xe máy chứng thực hợp đồng
mua xe cần giấy độc thân không
giấy độc thân để mua ô tô
làm sổ đỏ cho nhà ở
xin giấy phép xây nhà trên đất vườn
cấp số nhà ở đâu
khai tử xong sang tên xe cho con
cưới xong mua nhà thì đăng ký thường trú thế nào
làm sổ đỏ là ước mơ của nhà tôi, cần giấy tờ gì
kết hôn vì tình yêu thì cần giấy tờ gì
đăng ký hộ kinh doanh quán cà phê Mặt Trăng
mở quán trà sữa tên Thiên Đường cần giấy gì
đăng ký hộ kinh doanh tiệm Nụ Cười
con tôi mổ tim, xin xác nhận khuyết tật
bị bệnh tim có được trợ cấp khuyết tật không
đăng ký tạm trú ở chung cư Thiên Đường
giấy khai sinh bị chuột cắn rách xin lại
sổ hộ khẩu bị mối ăn
sổ đỏ bị chó xé rách, cấp lại được không
giấy kết hôn bị gián cắn làm lại
chứng thực chữ ký cho người không biết chữ
làm căn cước cho con trai 14 tuổi
đăng ký giám hộ cho cháu mồ côi
nhận con nuôi cần giấy gì
xác nhận độc thân cho con gái
cháu bé bị bỏ rơi, nhận làm con nuôi
chứng thực hợp đồng mua bán máy cày
khai sinh cho con gái đầu lòng
xin trợ cấp cho bà nội 80 tuổi
`
  .trim()
  .split('\n');

test.each(ABSURD)('declined kindly, without condolence: %s', async (text) => {
  const answer = await askOnce(guidance, text);
  expect(answer.action).toBe('declined');
  expect(answer.procedureCode).toBeNull();
  expect(answer.text).not.toMatch(/chia buồn|mã \d/);
  expect(answer.text.split(/\s+/).length).toBeLessThan(40);
});

test.each(EARNEST)('taken in earnest: %s', (text) => {
  expect(findNotPerson(normalise(text))).toBeNull();
});

test('a follow-up about an animal is declined too, and the matter goes on', async () => {
  const first = await askOnce(guidance, 'làm khai sinh cho con cần giấy tờ gì');
  const second = await askOnce(guidance, 'thế còn con mèo thì sao', { memory: first.answer.memory });
  expect(second.action).toBe('declined');
  const third = await askOnce(guidance, 'mất bao lâu', { memory: second.answer.memory });
  expect(third.procedureCode).toBe('1.001193');
});

test('both lists are long enough to mean something', () => {
  expect(ABSURD.length).toBeGreaterThanOrEqual(60);
  expect(EARNEST.length).toBeGreaterThanOrEqual(60);
});
