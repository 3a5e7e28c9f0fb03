// A server without rules to measure beside: node's own HTTP, frames of its own, a log that is synced once a batch.
// It knows whose a token is, fills every market order at one price, and books position and cash in floats. It has no
// book, no risk, no limits, no replay. Arguments: the file of its log, then a token a trader. Prints `ready URL`.
import { createHash, randomUUID } from 'node:crypto';
import { fdatasync, openSync, writev } from 'node:fs';
import { createServer } from 'node:http';

const [, , path, ...tokens] = process.argv;
const log = openSync(path, 'a');
const traders = new Map(tokens.map((token, at) => [`Bearer ${token}`, { name: `u${at}`, seq: 0, cash: 1e9, held: 0, orders: new Map(), sockets: new Set() }]));
const PRICE = { buy: 45000, sell: 44999.5 };

// ---------------------------------------------------------------- durable, then told

let lines = [], waiting = [], writing = false;

function later(rows, tell) {
  lines.push(Buffer.from(rows));
  waiting.push(tell);
  if (!writing) { writing = true; setImmediate(commit); }
}

function commit() {
  const [told, rows] = [waiting, lines];
  [waiting, lines] = [[], []];
  writev(log, rows, failed => {
    if (failed) throw failed;
    fdatasync(log, error => {
      if (error) throw error;
      for (const tell of told) tell();
      if (lines.length) commit(); else writing = false;
    });
  });
}

// ---------------------------------------------------------------- what is sent

function frame(text) {
  const size = Buffer.byteLength(text), head = size < 126 ? 2 : 4;
  const made = Buffer.allocUnsafe(head + size);
  made[0] = 0x81;
  if (size < 126) made[1] = size; else { made[1] = 126; made.writeUInt16BE(size, 2); }
  made.write(text, head);
  return made;
}

function event(trader, name, noun, value) {
  return JSON.stringify({ event: name, channel: 'trading', epoch: 'e', seq: ++trader.seq, replay: false, data: { [noun]: value, timestamp: value.updatedAt } });
}

function tell(trader, events) {
  if (!trader.sockets.size) return;
  const joined = Buffer.concat(events.map(frame));
  for (const socket of trader.sockets) socket.write(joined);
}

// ---------------------------------------------------------------- orders

function create(trader, body, answer) {
  const { symbol, side, type, quantity, price } = body;
  const size = Number(quantity), at = new Date().toISOString();
  if (symbol !== 'BTC/USD' || !(size > 0) || !(side in PRICE)) return answer(422, '{"error":{"code":"VALIDATION_FAILED"}}');
  const order = { id: randomUUID(), symbol, side, type, quantity, price: price ?? null, status: 'accepted', filledQuantity: '0', averagePrice: null, createdAt: at, filledAt: null, updatedAt: at, leavesQuantity: quantity };
  const events = [event(trader, 'order:accepted', 'order', order)];
  if (type === 'market') fill(trader, order, size, at, events); else trader.orders.set(order.id, order);
  const said = JSON.stringify(order);
  later(`${said}\n${events.at(-1)}\n${trader.cash} ${trader.held}\n`, () => { answer(201, said); tell(trader, events); });
}

function fill(trader, order, size, at, events) {
  const price = PRICE[order.side], signed = order.side === 'buy' ? size : -size, fee = size * price * 0.0026;
  trader.cash -= signed * price + fee;
  trader.held += signed;
  Object.assign(order, { status: 'filled', filledQuantity: order.quantity, averagePrice: price.toFixed(2), filledAt: at, leavesQuantity: '0' });
  const money = { currency: 'USD', cash: trader.cash.toFixed(2), available: trader.cash.toFixed(2), updatedAt: at };
  events.push(
    event(trader, 'order:filled', 'order', order),
    event(trader, 'trade:executed', 'trade', { id: randomUUID(), orderId: order.id, symbol: order.symbol, side: order.side, quantity: order.quantity, price: order.averagePrice, fee: fee.toFixed(4), updatedAt: at }),
    event(trader, 'position:updated', 'position', { symbol: order.symbol, quantity: trader.held.toFixed(8), entryPrice: order.averagePrice, updatedAt: at }),
    event(trader, 'account:updated', 'account', { ...money, equity: (trader.cash + trader.held * price).toFixed(2) }),
  );
}

function change(trader, id, changed, answer) {
  const order = trader.orders.get(id);
  if (!order) return answer(404, '{"error":{"code":"NOT_FOUND"}}');
  Object.assign(order, changed, { updatedAt: new Date().toISOString() });
  if (order.status === 'cancelled') trader.orders.delete(id);
  const said = JSON.stringify(order), events = [event(trader, `order:${order.status}`, 'order', order)];
  later(`${said}\n`, () => { answer(200, said); tell(trader, events); });
}

// ---------------------------------------------------------------- the ways in

const server = createServer((request, response) => {
  const trader = traders.get(request.headers.authorization), parts = [];
  const answer = (status, text) => { response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), 'cache-control': 'no-store' }); response.end(text); };
  if (!trader) return answer(401, '{"error":{"code":"UNAUTHENTICATED"}}');
  request.on('data', part => parts.push(part)).on('end', () => {
    const body = parts.length ? JSON.parse(parts.length === 1 ? parts[0] : Buffer.concat(parts)) : {}, id = request.url.slice(15);
    if (request.method === 'POST') create(trader, body, answer);
    else if (request.method === 'PATCH') change(trader, id, body, answer);
    else change(trader, id, { status: 'cancelled' }, answer);
  });
});

server.on('upgrade', (request, socket) => {
  const trader = traders.get(request.headers.authorization);
  const accept = createHash('sha1').update(request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest('base64');
  socket.setNoDelay(true);
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
  trader.sockets.add(socket);
  let held = Buffer.alloc(0);
  socket.on('close', () => trader.sockets.delete(socket)).on('error', () => {}).on('data', data => {
    held = held.length ? Buffer.concat([held, data]) : data;
    for (let size; (size = frameSize(held)) && held.length >= size; held = held.subarray(size)) said(trader, socket, unmasked(held, size));
  });
});

function frameSize(data) {
  if (data.length < 4) return 0;
  const size = data[1] & 127;
  return size < 126 ? 6 + size : 8 + data.readUInt16BE(2);
}

function unmasked(data, size) {
  const at = (data[1] & 127) < 126 ? 2 : 4, payload = Buffer.from(data.subarray(at + 4, size));
  for (let one = 0; one < payload.length; one++) payload[one] ^= data[at + (one & 3)];
  return payload;
}

function said(trader, socket, payload) {
  const message = JSON.parse(payload);
  if (message.op !== 'order.create') return;
  create(trader, message.data, (status, text) => {
    socket.write(frame(status === 201 ? `{"op":"result","id":${message.id},"ok":true,"data":{"order":${text}},"seq":${trader.seq}}` : `{"op":"error","id":${message.id}}`));
  });
}

server.keepAliveTimeout = 75000;
server.listen(0, '127.0.0.1', () => console.log(`ready http://127.0.0.1:${server.address().port}`));
