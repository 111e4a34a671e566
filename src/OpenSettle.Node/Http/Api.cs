using Microsoft.Net.Http.Headers;
using OpenSettle.Node.Configuration;

namespace OpenSettle.Node.Http;

/// <summary>The API as a whole: what it needs, and all of its routes, each behind the gate.</summary>
internal static class Api
{
    /// <summary>What pages of other origins may see beside the body.</summary>
    private static readonly string[] ShownHeaders =
        [HeaderNames.ETag, HeaderNames.Link, HeaderNames.RetryAfter, HeaderNames.WWWAuthenticate, "RateLimit", "RateLimit-Policy", ExportEndpoints.OmittedHeader];

    private static readonly string[] TakenHeaders = [HeaderNames.ContentType, HeaderNames.IfNoneMatch, "Last-Event-ID"];

    public static IServiceCollection AddApi(this IServiceCollection services, HttpOptions http)
    {
        services.ConfigureHttpJsonOptions(static json => JsonForms.AddTo(json.SerializerOptions));
        services.AddProblemDetails();
        // The gate says what was wrong; without this the answer has no body.
        services.Configure<RouteHandlerOptions>(static routes => routes.ThrowOnBadRequest = true);
        services.AddCors(cors => cors.AddPolicy(Gate.OriginPolicy, policy =>
        {
            policy.WithExposedHeaders(ShownHeaders);
            // Keys go along only from origins that the operator named. No cookie ever does.
            if (http.AnyOrigin) policy.AllowAnyOrigin().WithMethods(HttpMethods.Get, HttpMethods.Head).WithHeaders(TakenHeaders);
            else policy.WithOrigins([.. http.CorsOrigins]).WithMethods(HttpMethods.Get, HttpMethods.Head, HttpMethods.Put, HttpMethods.Post).WithHeaders([.. TakenHeaders, HeaderNames.Authorization]);
        }));
        services.AddSingleton(http).AddSingleton<ClientAddress>().AddSingleton<RateLimits>().AddSingleton<Gate>();
        services.AddSingleton<PassportRequest>().AddSingleton<PassportEndpoints>().AddSingleton<PermissionEndpoints>().AddSingleton<FindEndpoints>().AddSingleton<DocumentEndpoints>();
        services.AddSingleton<SearchEndpoints>().AddSingleton<TransactionLook>();
        services.AddSingleton<ExportEndpoints>().AddSingleton<AttestationEndpoints>();
        services.AddSingleton<ModelEndpoints>().AddSingleton<ProofEndpoints>().AddSingleton<RecordEndpoints>().AddSingleton<UsageReadEndpoints>().AddSingleton<GatewayEndpoints>();
        services.AddSingleton<StreamHub>().AddSingleton<StreamSource>().AddSingleton<StreamEndpoint>().AddSingleton<IngestRate>();
        services.AddSingleton<SignerBalances>().AddSingleton<OperatorEndpoints>().AddSingleton<OpenApiEndpoint>();
        return services;
    }

    /// <summary>What stands around all requests: every answer without a body, and every fault, says what to do.</summary>
    public static void UseApi(this WebApplication app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandler = static context => SayAsync(context, Problems.Fault()) });
        app.UseStatusCodePages(static pages => SayAsync(pages.HttpContext, Problems.OfStatus(pages.HttpContext)));
        if (app.Services.GetRequiredService<HttpOptions>().CorsOrigins.Count > 0) app.UseCors();
    }

    private static Task SayAsync(HttpContext context, IResult problem)
    {
        Gate.Dress(context.Response);
        return problem.ExecuteAsync(context);
    }

    /// <summary>All routes. One that does not say who may ask it is refused here.</summary>
    public static IEndpointRouteBuilder MapApi(this WebApplication app)
    {
        var routes = app.MapGroup(string.Empty);
        ((IEndpointConventionBuilder)routes).Finally(app.Services.GetRequiredService<Gate>().Guard);
        StatusEndpoint.Map(routes);
        routes.MapReads();
        EarningsEndpoints.Map(routes);
        WhyEndpoints.Map(routes);
        ClaimEndpoints.Map(routes);
        EpochEndpoints.Map(routes);
        CandidateEndpoints.Map(routes);
        VerdictEndpoints.Map(routes);
        RelayEndpoints.Map(routes);
        HealthEndpoints.Map(routes);
        MetricsEndpoint.Map(routes);
        BundleEndpoints.Map(routes);
        ModelEndpoints.Map(routes);
        RecordEndpoints.Map(routes);
        PassportEndpoints.Map(routes);
        PermissionEndpoints.Map(routes);
        FindEndpoints.Map(routes);
        SearchEndpoints.Map(routes);
        DocumentEndpoints.Map(routes);
        ExportEndpoints.Map(routes);
        AttestationEndpoints.Map(routes);
        PushEndpoints.Map(routes);
        UsageEndpoint.Map(routes);
        ProofEndpoints.Map(routes);
        UsageReadEndpoints.Map(routes);
        GatewayEndpoints.Map(routes);
        StreamEndpoint.Map(routes);
        OperatorEndpoints.Map(routes);
        ProcessEndpoints.Map(routes);
        OpenApiEndpoint.Map(routes);
        return routes;
    }
}
