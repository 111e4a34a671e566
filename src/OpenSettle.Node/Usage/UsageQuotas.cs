using System.Collections.Concurrent;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Usage;

/// <summary>
/// What a gateway may send in a second and in a day (UTC). A request is taken as a whole while anything is left of the
/// second's part, and what it takes beyond that is waited for afterwards. A day counts what was stored: duplicates are free.
/// </summary>
internal sealed class UsageQuotas(IUsageJournal usage, TimeProvider time)
{
    private readonly ConcurrentDictionary<int, Account> _accounts = new();

    /// <summary>Takes so many events from the quotas. Null, or how long to wait.</summary>
    public TimeSpan? Take(GatewayRecord gateway, int events)
    {
        if (gateway.PerSecond == 0 && gateway.PerDay == 0) return null;
        var account = _accounts.GetOrAdd(gateway.Id, static _ => new Account());
        lock (account)
        {
            var now = time.GetUtcNow();
            if (gateway.PerSecond > 0 && account.PaidUntil - now >= TimeSpan.FromSeconds(1)) return account.PaidUntil - now - TimeSpan.FromSeconds(1) + TimeSpan.FromTicks(1);
            if (gateway.PerDay > 0)
            {
                OpenDay(account, gateway, now);
                if (account.Today + events > gateway.PerDay) return DayOf(now) + TimeSpan.FromDays(1) - now;
                account.Today += events;
            }

            if (gateway.PerSecond > 0)
            {
                var from = account.PaidUntil > now ? account.PaidUntil : now;
                account.PaidUntil = from + TimeSpan.FromTicks((events * TimeSpan.TicksPerSecond + gateway.PerSecond - 1) / gateway.PerSecond);
            }

            return null;
        }
    }

    /// <summary>Gives back what was taken from the day and not stored.</summary>
    public void Return(GatewayRecord gateway, int events)
    {
        if (gateway.PerDay == 0 || events == 0 || !_accounts.TryGetValue(gateway.Id, out var account)) return;
        lock (account) account.Today = Math.Max(0, account.Today - events);
    }

    private void OpenDay(Account account, GatewayRecord gateway, DateTimeOffset now)
    {
        var day = DayOf(now);
        if (account.Day == day) return;
        // The first time since the start, what was stored today is in the journal.
        account.Today = account.Day == default ? usage.StoredSince(gateway.Id, day.ToUnixTimeMilliseconds()) : 0;
        account.Day = day;
    }

    private static DateTimeOffset DayOf(DateTimeOffset now) => new(now.UtcDateTime.Date, TimeSpan.Zero);

    private sealed class Account
    {
        public DateTimeOffset PaidUntil { get; set; }

        public DateTimeOffset Day { get; set; }

        public long Today { get; set; }
    }
}
