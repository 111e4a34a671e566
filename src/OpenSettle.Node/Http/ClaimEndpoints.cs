using OpenSettle.Node.Earnings;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Http;

/// <summary>What an account needs to claim: proofs, ready transactions, and what it can sign for others to send.</summary>
internal sealed class ClaimEndpoints(NodeState state, ClaimOffers offers)
{
    private const int MostTokens = 64;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/accounts/{account}/proofs/{token}", (ClaimEndpoints endpoints, string account, string token) => endpoints.Proof(account, token))
            .For(Access.Public).WithName("getClaimProof").WithSummary("The proof of an account's leaf under the active root").Produces<ClaimProofAnswer>();
        routes.MapGet("/api/v1/accounts/{account}/claim", (ClaimEndpoints endpoints, string account, string? to, string? tokens, string? deadline) => endpoints.Claim(account, to, tokens, deadline))
            .For(Access.Public).WithName("getClaim").WithSummary("Ready transactions that pay an account what it can claim, and typed data to sign").Produces<ClaimAnswer>();
    }

    private IResult Claim(string account, string? to, string? tokens, string? deadline)
    {
        if (!EarningsQuery.TryAccount(account, out var address, out var refusal)
            || !EarningsQuery.TryToken("to", to, out var other, out refusal)
            || !EarningsQuery.TryNumber("deadline", deadline, 1, long.MaxValue, out var until, out refusal)) return refusal;
        if (other is { IsZero: true }) return Problems.BadRequest("'to' is nobody", "Name the address that the money is to go to, or leave it out.");
        HashSet<Address>? only = null;
        if (tokens is not null)
        {
            var names = tokens.Split(',', StringSplitOptions.TrimEntries);
            if (names.Length > MostTokens) return Problems.BadRequest("'tokens' names too many", $"It takes at most {MostTokens}, with commas between.");
            only = [];
            foreach (var name in names)
            {
                if (!Address.TryParse(name, out var token)) return EarningsQuery.BadAddress("tokens");
                only.Add(token);
            }
        }

        return offers.Of(address, other, only, until) is { } answer ? Answers.Json(answer) : NoEpoch();
    }

    private IResult Proof(string account, string token)
    {
        if (!Address.TryParse(account, out var address)) return EarningsQuery.BadAddress("account");
        if (!Address.TryParse(token, out var tokenAddress)) return EarningsQuery.BadAddress("token");
        if (state.Active is not { } active) return NoEpoch();
        if (active.Tree?.IndexOf(address, tokenAddress) is not { } index || index < 0) return Problems.NotFound("The account has no leaf for this token", "GET /api/v1/accounts/{account} shows what is pending.");
        var (tree, leaf) = (active.Tree, active.Tree.Leaves[index]);
        return Answers.Json(new ClaimProofAnswer(active.Epoch, tree.Root, address, tokenAddress, leaf.Amount, tree.Proof(index)));
    }

    private static IResult NoEpoch() => Problems.NotFound("No epoch is active yet", "Ask again once GET /api/v1/status shows an activeEpoch.");
}
