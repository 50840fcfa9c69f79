// verbs: what a peer can be told to do, over RongCloud's Web SDK. The same file runs in a
// Node child process (peer.cjs) and in a Chromium page (page.mjs).

import { watchSockets } from './watch.mjs';

const builtin = {
  'RC:TxtMsg': 'TextMessage',
  'RC:ImgMsg': 'ImageMessage',
  'RC:FileMsg': 'FileMessage',
  'RC:GIFMsg': 'GIFMessage',
  'RC:HQVCMsg': 'HQVoiceMessage',
  'RC:VcMsg': 'VoiceMessage',
  'RC:SightMsg': 'SightMessage',
  'RC:LBSMsg': 'LocationMessage',
  'RC:ImgTextMsg': 'RichContentMessage',
  'RC:ReferenceMsg': 'ReferenceMessage',
  'RC:CombineMsg': 'CombineMessage',
  'RC:CombineV2Msg': 'CombineV2Message',
  'RC:InfoNtf': 'InformationNotificationMessage',
  'RC:CmdMsg': 'CommandMessage',
};

const watched = [
  'CONNECTING', 'CONNECTED', 'SUSPEND', 'DISCONNECT', 'MESSAGES', 'CHATROOM',
  'TYPING_STATUS', 'READ_RECEIPT_RECEIVED', 'PULL_OFFLINE_MESSAGE_FINISHED',
  'MESSAGE_RECEIPT_REQUEST', 'MESSAGE_RECEIPT_RESPONSE', 'MESSAGE_MODIFIED', 'CONVERSATION',
  'EXPANSION', 'GROUP_OPERATION', 'GROUP_INFO_CHANGED', 'GROUP_MEMBER_INFO_CHANGED',
  'GROUP_APPLICATION_EVENT',
  'FRIEND_ADDED', 'FRIEND_DELETE', 'FRIEND_APPLICATION_STATUS_CHANGED',
];

// Gives an async function (verb, args) -> { code, data }. `emit(name, data)` gets every
// event of the SDK. A verb that is not listed here is the SDK's function of that name.
export function makePeer(sdk, emit) {
  watchSockets((topic) => emit('TOPIC', topic));
  const types = {};

  function message(type, content) {
    const Type = types[type] ?? sdk[builtin[type]];
    if (!Type) {
      throw new Error(`message type ${type} was never registered`);
    }
    return new Type(content);
  }

  const verbs = {
    init({ appkey, navigators }) {
      sdk.init({ appkey, navigators, logServerUrl: navigators[0], logLevel: 4 });
      for (const name of watched) {
        sdk.addEventListener(sdk.Events[name], (...data) => emit(name, data));
      }
      return { code: 0 };
    },
    register(type, stored, counted, status = false) {
      types[type] = sdk.registerMessageType(type, stored, counted, [], status);
      return { code: 0 };
    },
    send(conversation, type, content, options) {
      return sdk.sendMessage(conversation, message(type, content), options);
    },
    // `verb`: the SDK's function that uploads a file and sends where it is.
    async upload(verb, conversation, { text, base64, name, type }) {
      const bytes = base64 ? Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)) : text;
      const file = new File([bytes], name, { type });
      const seen = [];
      const hooks = { onProgress: (percent) => seen.push(percent) };
      const answer = await sdk[verb](conversation, { file }, hooks);
      return { ...answer, data: answer.data && { ...answer.data, progress: seen } };
    },
    async disconnect() {
      await sdk.disconnect();
      return { code: 0 };
    },
    serverTime() {
      return { code: 0, data: sdk.getServerTime() };
    },
    userId() {
      return { code: 0, data: sdk.getCurrentUserId() };
    },
  };

  return async (verb, args) => {
    const run = Object.hasOwn(verbs, verb) ? verbs[verb] : sdk[verb];
    const answer = await run(...args);
    return { code: answer.code, data: answer.data, msg: answer.msg };
  };
}
