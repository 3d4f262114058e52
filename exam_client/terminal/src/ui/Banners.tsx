/** Calm bands under the head: the lost line stays, news can be closed. */

import { countsOf } from "../core/app";
import type { Notice } from "../core/notices";
import { enterFullScreen } from "../guard";
import { useApp, useTerminal } from "./context";
import { Icon, type IconName } from "./Icon";
import { type Say, useWords } from "./words";

const LOOK: Record<Notice["kind"], { icon: IconName; test: string }> = {
  message: { icon: "message", test: "message" },
  grant: { icon: "clock", test: "grant-notice" },
  resumed: { icon: "check", test: "resumed-notice" },
  warning: { icon: "clock", test: "time-warning" },
  recovered: { icon: "check", test: "recovered-banner" },
};

export function Banners() {
  const app = useApp();
  const words = useWords();
  const message = app.notices.find((one) => one.kind === "message");
  const others = app.notices.filter((one) => one.kind !== "message");
  const newest = others[others.length - 1];
  return (
    <section class="banners" aria-label={words("notice.area")} aria-live="polite">
      {!app.linkUp && <OfflineBanner />}
      {app.state?.move_to != null && <MoveBanner to={app.state.move_to} />}
      {message && <NoticeBanner key={message.id} notice={message} />}
      {newest && <NoticeBanner key={newest.id} notice={newest} />}
      {app.fullScreenLost && app.notices.length === 0 && app.linkUp && <FullScreenBanner />}
    </section>
  );
}

function OfflineBanner() {
  const { paper, saving } = useApp();
  const words = useWords();
  const answering = paper !== null && saving.state !== "failed";
  return (
    <div class="banner loud" data-test="offline-banner">
      <Icon name="unlink" size={32} />
      {answering ? (
        <p><b>{words("offline.title")}</b> {words("offline.text")}</p>
      ) : (
        <p><b>{words("offline.early")}</b></p>
      )}
    </div>
  );
}

/** The proctor sends this candidate to another machine; until they log in there this one works. */
function MoveBanner({ to }: { to: number }) {
  const words = useWords();
  return (
    <div class="banner flag" data-test="move-banner">
      <Icon name="right" size={32} />
      <p><b>{words("move.title", { n: to })}</b> {words("move.text")}</p>
    </div>
  );
}

function FullScreenBanner() {
  const words = useWords();
  return (
    <div class="banner" data-test="full-screen-lost">
      <Icon name="screen" size={28} />
      <p>{words("notice.full_screen")}</p>
      <button type="button" class="banner-button" onClick={enterFullScreen}>{words("notice.full_screen_back")}</button>
    </div>
  );
}

function NoticeBanner({ notice }: { notice: Notice }) {
  const terminal = useTerminal();
  const words = useWords();
  const look = LOOK[notice.kind];
  return (
    <div class={notice.kind === "recovered" || notice.kind === "resumed" ? "banner" : "banner flag"} data-test={look.test}>
      <Icon name={look.icon} size={28} />
      <NoticeText notice={notice} words={words} />
      <button type="button" class="banner-button" data-test="notice-close" onClick={() => terminal.board.dismiss(notice.id)}>
        {words("notice.close")}
      </button>
    </div>
  );
}

function NoticeText({ notice, words }: { notice: Notice; words: Say }) {
  const app = useApp();
  switch (notice.kind) {
    case "message":
      return <p><b>{words("notice.from")}</b><span lang="zh-CN">{notice.text}</span></p>;
    case "grant":
      return <p><b>{words("notice.grant", { time: span(words, notice.ms) })}</b></p>;
    case "resumed":
      return <p><b>{words("notice.resumed")}</b></p>;
    case "recovered":
      return <p><b>{words(app.saving.waiting > 0 ? "notice.uploading" : "notice.recovered")}</b></p>;
    case "warning": {
      const blank = countsOf(app.paper, app.answers).blank.length;
      const last = notice.minutes === Math.min(...(app.me?.warn_minutes ?? [notice.minutes]));
      return (
        <p>
          <b>{words("notice.warning", { n: notice.minutes })}</b>
          {blank > 0 && <span>{words("notice.blank", { n: blank })}</span>}
          {last && <span>{words("notice.auto")}</span>}
        </p>
      );
    }
  }
}

/** A grant in words: whole minutes, or minutes and seconds. */
function span(words: Say, ms: number): string {
  const seconds = Math.round(ms / 1000);
  const m = Math.floor(seconds / 60);
  const s = seconds % 60;
  if (m === 0) return words("notice.seconds", { n: s });
  return s === 0 ? words("notice.minutes", { n: m }) : words("notice.minutes_seconds", { m, s });
}
