using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Http;

/// <summary>What a gateway may read of itself, with the scope read: its key's rights, and which of its events wait for what. Of others it sees nothing.</summary>
internal sealed class GatewayEndpoints(IUsageJournal usage)
{
    private const int MostRows = 500;
    private const int UsualRows = 100;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/gateway", (GatewayEndpoints gateways, HttpContext context) => gateways.Show(Gate.CallerOf(context))).For(Access.Gateway)
            .WithName("getOwnGateway").WithSummary("What this key may do, and what waits of it").Produces<OwnGatewayAnswer>();
        routes.MapGet("/api/v1/gateway/quarantine", (GatewayEndpoints gateways, HttpContext context, string? limit, string? after) => gateways.Held(context, Gate.CallerOf(context), limit, after))
            .For(Access.Gateway).Costs(5)
            .WithName("listHeldEvents").WithSummary("Events of this gateway that wait, one by one, and why").Pages(MostRows, UsualRows).Produces<HeldEventsAnswer>();
    }

    private IResult Show(GatewayRecord own)
    {
        LastBatchAnswer? last = null;
        if (!own.Address.IsZero)
        {
            var (number, digest) = usage.LastBatch(own.Address);
            last = new LastBatchAnswer(own.Address, number, digest, number > 0 ? usage.LostBatch(own.Address, number)?.Epoch : null);
        }

        return Answers.Json(new OwnGatewayAnswer(
            own.Id, own.Name, own.Address.IsZero ? null : own.Address, GatewayScopeWords.Of(own.Scopes), own.PerSecond, own.PerDay,
            usage.Held().Where(group => group.Gateway == own.Id).Sum(group => group.Events), last));
    }

    private IResult Held(HttpContext context, GatewayRecord own, string? limit, string? after)
    {
        if (!Paging.TryLimit(limit, UsualRows, MostRows, out var most, out var refusal) && refusal is not null) return refusal;
        if (!Paging.TryNumber(after, 0, out var start)) return Problems.BadRequest("'after' is not a position", "Give back 'next' of the answer before as it is.");
        var places = usage.Held().Where(group => group.Gateway == own.Id && group.LastPosition > (long)start)
            .SelectMany(group => usage.HeldUntil(group, long.MaxValue), (group, position) => (Position: position, Reason: group.Hold))
            .Where(place => place.Position > (long)start).OrderBy(place => place.Position).Take(most + 1).ToList();
        var items = new List<HeldEventAnswer>(places.Count);
        foreach (var (position, reason) in places.Take(most))
        {
            // Where it went on in between, it waits no longer.
            if (usage.Events(position - 1, 1) is not [{ } found] || found.Position != position) continue;
            items.Add(new HeldEventAnswer(position, found.Event.Source, found.Event.Id, found.Event.Model, found.Event.Time, reason));
        }

        var next = places.Count > most ? places[most - 1].Position : (long?)null;
        if (next is { } last) Paging.Next(context, ("after", Paging.Text((ulong)last)));
        return Answers.Json(new HeldEventsAnswer(items, next));
    }
}
