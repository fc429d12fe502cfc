// The pages of one browser tell each other which upload is being sent, so that none takes it for interrupted.

const CHANNEL = "rcdm.upload";
const ASK = "who sends?";

interface Told {
  uploadId: string;
  isSent: boolean;
}

/** Tells it, and whoever asks later, until what it gives is called. */
export function tellOfSending(uploadId: string): () => void {
  const channel = new BroadcastChannel(CHANNEL);
  const tell = (isSent: boolean) => channel.postMessage({ uploadId, isSent } satisfies Told);
  channel.onmessage = ({ data }) => {
    if (data === ASK) tell(true);
  };
  tell(true);
  return () => {
    tell(false);
    channel.close();
  };
}

/** Also of this page's own: it may be sent on while another page was looked at. */
export function hearOfSending(hear: (told: Told) => void): () => void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = ({ data }: MessageEvent<Told | typeof ASK>) => {
    if (data !== ASK) hear(data);
  };
  channel.postMessage(ASK);
  return () => channel.close();
}
