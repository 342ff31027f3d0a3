import{i as r}from"./pako.esm.js";import{B as a}from"./basedecoder.js";class s extends a{decodeBlock(e){return r(new Uint8Array(e)).buffer}}export{s as default};
