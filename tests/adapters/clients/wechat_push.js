// Makes one encrypted push with the npm package wechat-crypto: what a WeChat server would send, by code nobody here wrote.
// node wechat_push.js TOKEN ENCODING_AES_KEY APP_ID TIMESTAMP NONCE < XML   prints query and body as JSON.
const Crypt = require('wechat-crypto');
const [token, key, appId, timestamp, nonce] = process.argv.slice(2);
const crypt = new Crypt(token, key, appId);
const encrypt = crypt.encrypt(require('fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify({
  signature: crypt.getSignature(timestamp, nonce, encrypt),
  body: `<xml><ToUserName><![CDATA[gh_test]]></ToUserName><Encrypt><![CDATA[${encrypt}]]></Encrypt></xml>`,
}));
