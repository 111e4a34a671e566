using System.Text.Json;
using OpenSettle.Cli.Screen;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Claims;

/// <summary>How a claim is handed to a relay.</summary>
/// <param name="Hours">How long the signature counts.</param>
/// <param name="Wait">Whether it is waited for.</param>
internal sealed record SponsoredTerms(uint Hours, bool Wait);

/// <summary>
/// The account signs, and a node's relay sends and pays the gas. What the signature says, and that proofs lead to the vault's root, is
/// decided here: the relay can bring the claim or not, and nothing else.
/// </summary>
internal static class SponsoredClaim
{
    private const string Place = "api/v1/relay/claims";

    private const ulong Hour = 3_600;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(2);

    private sealed record Signing(CheckedClaim Claim, ClaimOrder Order, TypedData Data);

    private sealed record Outcome(Signing Signing, string Id, string State, string? Transaction, string? Amount, string? Reason);

    public static async Task RunAsync(ClaimSession session, Address account, ClaimQuestion question, SponsoredTerms terms, CancellationToken cancellation)
    {
        if (session.Account is { } key && key != account && (await session.Client.GetCodeAsync(account, BlockRef.Latest, cancellation)).IsEmpty)
            throw new VerbException(ExitCode.Usage, $"senderKey is {key.ToChecksumString()}'s, and only {account.ToChecksumString()} itself can sign for it. Set the account's own key.");
        var signings = await PrepareAsync(session, account, question, terms, cancellation);
        if (question.DryRun)
        {
            Console.WriteLine($"[{string.Join(',', signings.Select(one => one.Data.ToJson()))}]");
            foreach (var one in signings) await TellAsync($"would sign: {Words(one)}");
            return;
        }

        Asking.Confirm(question.Yes, $"{string.Join(", ", signings.Select(Words))}: sign it, and hand it to the node's relay?");
        var (outcomes, declined) = (new List<Outcome>(), new List<VerbException>());
        foreach (var one in signings)
        {
            try
            {
                outcomes.Add(await HandInAsync(session, one, cancellation));
            }
            catch (VerbException e) when (e.Code == ExitCode.Refused)
            {
                declined.Add(new VerbException(e.Code, $"{one.Claim.Token.Symbol}: {e.Message}", e));
            }
        }

        if (terms.Wait)
        {
            for (var i = 0; i < outcomes.Count; i++) outcomes[i] = await FollowAsync(session, outcomes[i], cancellation);
        }

        Print(question.Json, account, outcomes);
        foreach (var one in outcomes.Where(one => one.State == "declined")) declined.Add(new VerbException(ExitCode.Refused, $"{one.Signing.Claim.Token.Symbol}: the node declines: {one.Reason}"));
        if (declined.Count > 0) throw new VerbException(ExitCode.Refused, string.Join(Environment.NewLine, declined.Select(one => one.Message)));
    }

    private static async Task<IReadOnlyList<Signing>> PrepareAsync(ClaimSession session, Address account, ClaimQuestion question, SponsoredTerms terms, CancellationToken cancellation)
    {
        var claims = await session.Search.FindAsync(account, ClaimSearch.TokenNamed(session.Tokens, question.Token), cancellation);
        if (claims.Count == 0) throw new VerbException(ExitCode.Refused, $"{account.ToChecksumString()} has nothing to claim now.");
        var (usual, nonce) = await session.Search.RecipientAsync(account, cancellation);
        var head = await session.Client.GetBlockAsync(BlockRef.Latest, cancellation)
            ?? throw new ChainException(ChainErrorKind.BadReply, session.Client.Endpoint, "eth_getBlockByNumber", "there is no 'latest' block");
        // By the chain's clock, which is the one that counts; to a full hour, so that the same claim handed in again is the same.
        var deadline = (head.Timestamp / Hour + terms.Hours + 1) * Hour;
        return
        [
            .. claims.Select(claim =>
            {
                var order = new ClaimOrder(account, claim.Request.Token, question.To ?? usual, claim.Request.Cumulative, nonce, deadline);
                return new Signing(claim, order, ClaimTypedData.Of(session.Id.ChainId, session.Id.Vault, order));
            }),
        ];
    }

    private static async Task<Outcome> HandInAsync(ClaimSession session, Signing one, CancellationToken cancellation)
    {
        var signature = await session.Signer.SignTypedDataAsync(one.Data, cancellation);
        var body = JsonSerializer.SerializeToUtf8Bytes(new
        {
            account = one.Order.Account.ToChecksumString(),
            token = one.Order.Token.ToChecksumString(),
            cumulative = one.Order.Cumulative.ToString(),
            to = one.Order.To.ToChecksumString(),
            deadline = one.Order.Deadline.ToString(),
            signature = Hex.Encode(signature.ToArray()),
        });
        return Read(one, await session.Api.PostAsync(Place, body, cancellation));
    }

    /// <summary>Until it is paid or declined.</summary>
    private static async Task<Outcome> FollowAsync(ClaimSession session, Outcome outcome, CancellationToken cancellation)
    {
        while (outcome.State is not ("paid" or "declined"))
        {
            await Task.Delay(BetweenLooks, Clock.Real, cancellation);
            var answer = await session.Api.GetAsync($"{Place}/{outcome.Id}", cancellation) ?? throw new VerbException(ExitCode.Api, $"api: the node took claim {outcome.Id} and does not know it any more.");
            var now = Read(outcome.Signing, answer);
            if (now.State != outcome.State) await TellAsync($"{now.Signing.Claim.Token.Symbol}: {now.State}{(now.Transaction is { } hash ? $", transaction {hash}" : string.Empty)}");
            outcome = now;
        }

        return outcome;
    }

    private static Outcome Read(Signing one, JsonElement answer)
    {
        string? Text(string name) => answer.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? Inert.Of(value.GetString() ?? string.Empty) : null;
        // It becomes part of an address that is asked.
        if (!Hash32.TryParse(Text("id") ?? string.Empty, out var id)) throw new VerbException(ExitCode.Api, "api: the node's answer names no claim.");
        if (id != one.Data.Digest()) throw new VerbException(ExitCode.Disagrees, $"the node took claim {id}, and {one.Data.Digest()} was signed. Do not trust that node.");
        return new Outcome(one, id.ToString(), Text("state") ?? string.Empty, Text("transaction"), Text("amount"), Text("reason"));
    }

    private static void Print(bool json, Address account, List<Outcome> outcomes)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                account = account.ToChecksumString(),
                claims = outcomes.Select(one => new
                {
                    id = one.Id,
                    state = one.State,
                    token = one.Signing.Order.Token.ToChecksumString(),
                    to = one.Signing.Order.To.ToChecksumString(),
                    cumulative = one.Signing.Order.Cumulative.ToString(),
                    transaction = one.Transaction,
                    amount = one.Amount,
                    reason = one.Reason,
                }),
            }));
            return;
        }

        var page = Page.OnConsole();
        foreach (var one in outcomes.Where(one => one.State != "declined"))
        {
            page.Line($"{one.State}: {Words(one.Signing)}");
            page.Item("  ", one.Transaction is { } hash ? $"transaction {hash}" : $"claim {one.Id}; --wait tells what becomes of it");
        }
    }

    private static string Words(Signing one) =>
        $"{Amounts.Format(one.Claim.Amount, one.Claim.Token.Decimals)} {Inert.Of(one.Claim.Token.Symbol, 20)} to {one.Order.To.ToChecksumString()}";

    private static Task TellAsync(string words) => Console.Error.WriteLineAsync($"opensettle: {words}");
}
