using System.Globalization;
using System.Text.Json;
using OpenSettle.Cli.Verbs;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Verification;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Claims;

/// <summary>
/// Works out why an account earned what it did from the epoch's bundle, whose hash the vault has, and holds a node's answer against it. The
/// node is trusted in nothing; whether the bundle follows from the chain is what <c>opensettle verify</c> says.
/// </summary>
internal static class WhyCheck
{
    /// <exception cref="VerbException">The answer is not what follows, or it cannot be worked out.</exception>
    /// <param name="isWhole">Whether the answer was asked for every token.</param>
    public static async Task RequireAsync(SettingsReader settings, NodeApi api, Address account, JsonElement answer, bool isWhole, CancellationToken cancellation)
    {
        var options = NodeOptions.From(settings);
        using var chain = Providers.Connect(options, Providers.Choose(options.Client, Clock.Real), Clock.Real);
        await ClaimVerb.RequireChainAsync(chain, cancellation);
        var number = AccountApi.Read(() => answer.GetProperty("epoch").GetUInt64());
        var record = await RecordAsync(api, number, cancellation);
        var onChain = await ((IChainClient)chain.Settling).AskAsync(options.Deployment.Watched.Id.Vault, new RoyaltySplit.EpochHash(number), BlockRef.Latest, cancellation);
        if (onChain != record.Hash()) throw new VerbException(ExitCode.Disagrees, $"the node's epoch {number} is not the one that the vault activated. Do not trust that node: set --api to another one.");

        var folder = Directory.CreateTempSubdirectory("opensettle-why-");
        try
        {
            using var http = Place.NewClient(Clock.Real);
            var source = new BundleSource([Place.Parse(settings.Get(Settings.Api).TrimEnd('/') + "/bundles", http, Clock.Real)], http, Clock.Real);
            var bundles = new BundleFolder(NodeOptionsPaths.In(folder.FullName));
            await FetchAsync(source, record.BundleHash, bundles, cancellation);
            using var bytes = bundles.Open(record.BundleHash);
            var (money, _) = EpochMoney.Read(bytes);
            var before = SettlementState.Empty;
            if (!money.Head.PreviousBundle.IsZero)
            {
                await FetchAsync(source, money.Head.PreviousBundle, bundles, cancellation);
                before = bundles.Read(money.Head.PreviousBundle).After;
            }

            if ((EpochBuilder.TreeOf(money.Head.After)?.Root ?? Hash32.Zero) != record.Root) throw new VerbException(ExitCode.Differs, $"the books in the bundle of epoch {number} do not give its root: the epoch is wrong. opensettle verify tells more.");
            AccountApi.Read(() => Compare(money, before, account, answer, isWhole));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<EpochRecord> RecordAsync(NodeApi api, ulong number, CancellationToken cancellation)
    {
        var epoch = await api.GetAsync($"api/v1/epochs/{number.ToString(CultureInfo.InvariantCulture)}", cancellation) ?? throw AccountApi.NoNode();
        Hash32 Word(string name) => Hash32.Parse(epoch.GetProperty(name).GetString() ?? string.Empty);
        return AccountApi.Read(() => new EpochRecord(number, epoch.GetProperty("lastBlock").GetUInt64(), Word("root"), Word("recordRoot"), Word("bundleHash")));
    }

    private static async Task FetchAsync(BundleSource source, Hash32 hash, BundleFolder into, CancellationToken cancellation)
    {
        var fetched = await source.FetchAsync(hash, null, into, cancellation);
        if (!fetched.Found) throw new VerbException(ExitCode.NotVerified, $"the bundle {hash} could not be had: {Screen.Inert.Of(fetched.Why)}");
    }

    private static bool Compare(EpochMoney money, SettlementState before, Address account, JsonElement answer, bool isWhole)
    {
        var told = answer.GetProperty("tokens").EnumerateArray().ToDictionary(token => Address.Parse(token.GetProperty("token").GetString() ?? string.Empty));
        // An answer that was asked for one token tells of no other.
        foreach (var state in money.Head.After.Accounts.Where(state => state.Account == account))
        {
            var earned = state.Earned - (before.Find(account, state.Token)?.Earned ?? UInt256.Zero);
            if (!told.Remove(state.Token, out var token))
            {
                if (earned.IsZero || !isWhole) continue;
                throw Differs(state.Token, "nothing", earned.ToString());
            }

            var why = new WhyThisAmount(money, before.Suspense, account, state.Token);
            if (token.GetProperty("earned").GetString() != earned.ToString()) throw Differs(state.Token, token.GetProperty("earned").GetString(), earned.ToString());
            if (token.GetProperty("exact").GetProperty("fraction").GetString() != why.Exact.ToString()) throw Differs(state.Token, token.GetProperty("exact").GetProperty("fraction").GetString(), why.Exact.ToString());
        }

        if (told.Count > 0) throw Differs(told.Keys.First(), told.Values.First().GetProperty("earned").GetString(), "nothing");
        return true;
    }

    private static VerbException Differs(Address token, string? told, string follows) =>
        new(ExitCode.Differs, $"of token {token.ToChecksumString()} the node tells {Screen.Inert.Of(told ?? string.Empty, 200)}, and from the bundle follows {follows}. Do not trust that node.");
}
