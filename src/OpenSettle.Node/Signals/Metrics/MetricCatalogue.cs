namespace OpenSettle.Node.Signals.Metrics;

/// <summary>Every metric there is, in the order of the page.</summary>
internal static class MetricCatalogue
{
    private static readonly List<MetricDefinition> _all = [];
    private static readonly double[] Short = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
    private static readonly double[] Long = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
    private static readonly double[] Sizes = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000];

    // The chain.
    public static readonly MetricDefinition Head = Gauge("opensettle_chain_head_block", "Newest block that was heard of");
    public static readonly MetricDefinition Final = Gauge("opensettle_chain_final_block", "Newest block that enough endpoints call final");
    public static readonly MetricDefinition Read = Gauge("opensettle_chain_read_block", "Newest block that is in the journal");
    public static readonly MetricDefinition BooksBlock = Gauge("opensettle_books_block", "Last block whose facts are in the books");
    public static readonly MetricDefinition BooksBehind = Gauge("opensettle_books_behind_blocks", "Final blocks that the books do not have yet");
    public static readonly MetricDefinition BooksAge = Gauge("opensettle_books_age_seconds", "Time since the time of the books' last block; a chain's finality is in it");
    public static readonly MetricDefinition PipelineIdle = Gauge("opensettle_pipeline_idle_seconds", "Time since the pipeline last came to a step");
    public static readonly MetricDefinition Reorgs = Counter("opensettle_reorgs_total", "Reorganisations that took blocks back which were read and not final");
    public static readonly MetricDefinition LastReorg = Gauge("opensettle_reorg_last_blocks", "Blocks that the last reorganisation took back");
    public static readonly MetricDefinition DeepestReorg = Gauge("opensettle_reorg_deepest_blocks", "Blocks that the deepest reorganisation since the start took back");
    public static readonly MetricDefinition RpcRequests = Counter("opensettle_rpc_requests_total", "Questions to an endpoint, by what became of them: ok, or the kind of failure", "endpoint", "outcome");
    public static readonly MetricDefinition RpcTime = Histogram("opensettle_rpc_request_seconds", "Time that an endpoint's answers took, retries included", Long, "endpoint");
    public static readonly MetricDefinition RpcState = Gauge("opensettle_rpc_endpoint_state", "1 for the state that an endpoint is in: ok, behind, cooling, setAside", "endpoint", "state");
    public static readonly MetricDefinition RpcHead = Gauge("opensettle_rpc_endpoint_head_block", "Newest block that an endpoint named", "endpoint");
    public static readonly MetricDefinition Disagreements = Counter("opensettle_rpc_disagreements_total", "Questions of money on which endpoints contradicted each other");

    // Money.
    public static readonly MetricDefinition Received = Gauge("opensettle_received_tokens", "What payers brought, in whole tokens; not exact, as no float is: the API has every unit", "token", "symbol");
    public static readonly MetricDefinition Paid = Gauge("opensettle_paid_tokens", "What contributors were paid, in whole tokens; not exact", "token", "symbol");
    public static readonly MetricDefinition Unsettled = Gauge(
        "opensettle_unsettled_tokens", "Money on its way, in whole tokens, not exact: transit (at pay addresses), undivided (in the vault), suspense (waits for a table), owed (earned and not paid)", "token", "symbol", "stage");
    public static readonly MetricDefinition OldestUnsettled = Gauge("opensettle_oldest_unsettled_payment_seconds", "Age of the oldest payment that no active epoch took; 0 where there is none");
    public static readonly MetricDefinition Drift = Gauge("opensettle_drift_tokens", "What the vault was credited, promised and paid beyond the books, added up without sign, in whole tokens; anything but 0 stops settlement", "token", "symbol");
    public static readonly MetricDefinition DriftAge = Gauge("opensettle_drift_check_age_seconds", "Time since the books were last held against the vault");

    // Epochs.
    public static readonly MetricDefinition Epoch = Gauge("opensettle_epoch_number", "Number of the newest epoch");
    public static readonly MetricDefinition ActiveEpoch = Gauge("opensettle_epoch_active_number", "Number of the newest epoch that can be claimed against");
    public static readonly MetricDefinition EpochState = Gauge("opensettle_epoch_state", "1 for the state that the newest epoch is in", "state");
    public static readonly MetricDefinition EpochStateAge = Gauge("opensettle_epoch_state_age_seconds", "Time since the newest epoch was first seen in its state by this process");
    public static readonly MetricDefinition EpochStateTime = Counter("opensettle_epoch_state_seconds_total", "Time that epochs spent in a state while this process ran", "state");
    public static readonly MetricDefinition EpochPayments = Gauge("opensettle_epoch_payments", "Payments in the newest active epoch");
    public static readonly MetricDefinition EpochEvents = Gauge("opensettle_epoch_usage_events", "Usage events in the newest active epoch");
    public static readonly MetricDefinition Proposals = Counter("opensettle_epoch_proposals_total", "Proposals that the vault took, as the books have them");
    public static readonly MetricDefinition Vetoes = Counter("opensettle_epoch_vetoes_total", "Proposals that the guardian deleted, as the books have them");
    public static readonly MetricDefinition Signatures = Gauge("opensettle_candidate_signatures", "Attestors that signed the epoch that waits for signatures; 0 where none waits");
    public static readonly MetricDefinition Refusals = Gauge("opensettle_candidate_refusals", "Attestors that refuse to sign the epoch that waits for signatures; 0 where none waits");
    public static readonly MetricDefinition Verdicts = Gauge("opensettle_verdicts", "Proposals and candidates that this node recomputed, by what it found: agrees, differs", "outcome");
    public static readonly MetricDefinition WitnessWaits = Gauge("opensettle_witness_waits", "1 while a proposal cannot be recomputed, because something is missing");
    public static readonly MetricDefinition WitnessBatches = Gauge("opensettle_witness_batches", "Signed batches of usage that this node pulled, as one does that attests or watches");
    public static readonly MetricDefinition Halted = Gauge("opensettle_settlement_halted", "1 once settlement stopped for good, and waits for a person");
    public static readonly MetricDefinition Leads = Gauge("opensettle_leads", "1 while this node settles: always where it has files of its own, and of several nodes at one; 0 while it stands by, or never does");
    public static readonly MetricDefinition Held = Gauge("opensettle_settlement_held", "1 while no epoch goes on until a person says so, as after a veto");
    public static readonly MetricDefinition Trouble = Gauge("opensettle_settlement_trouble", "1 while something keeps the pipeline from going on that it tries again by itself");
    public static readonly MetricDefinition Paused = Gauge("opensettle_vault_paused", "1 while the guardian's pause lasts, by the books' last block");

    // Transactions.
    public static readonly MetricDefinition OpenTransactions = Gauge("opensettle_transactions_open", "Transactions that are not final, by state: planned, signed", "state");
    public static readonly MetricDefinition WaitingTransactions = Gauge("opensettle_transactions_waiting", "Open transactions that wait for something; the status says for what");
    public static readonly MetricDefinition Transactions = Counter("opensettle_transactions_total", "Transactions of this node in final blocks, by kind and outcome: done, reverted, filled (only used its nonce up)", "kind", "outcome");
    public static readonly MetricDefinition GasUsed = Counter("opensettle_gas_used_total", "Gas that final transactions used", "kind");
    public static readonly MetricDefinition FeeSpent = Counter("opensettle_fee_spent_coins_total", "What final transactions cost, in the chain's whole coins; not exact: the API has every wei", "kind");
    public static readonly MetricDefinition BaseFee = Gauge("opensettle_base_fee_wei", "Base fee of one gas in the newest block");
    public static readonly MetricDefinition NonceGap = Gauge("opensettle_nonce_gap", "Nonces that were given out and that the chain's newest state has not used");
    public static readonly MetricDefinition Balance = Gauge("opensettle_signer_balance_coins", "What the operator's key has for gas, in whole coins; not exact");

    // Usage.
    public static readonly MetricDefinition IngestRequests = Counter("opensettle_ingest_requests_total", "Requests with usage, by status of the answer", "status");
    public static readonly MetricDefinition IngestTime = Histogram("opensettle_ingest_request_seconds", "Time from a request with usage to its answer", Short);
    public static readonly MetricDefinition IngestSize = Histogram("opensettle_ingest_request_events", "Events in a request with usage", Sizes);
    public static readonly MetricDefinition IngestEvents = Counter("opensettle_ingest_events_total", "Usage events by what became of them: accepted, held, duplicate, conflict, refused; and queued, before they are taken from the queue", "outcome");
    public static readonly MetricDefinition UsageEvents = Gauge("opensettle_usage_journal_events", "Usage events that the journal ever took");
    public static readonly MetricDefinition Quarantine = Gauge("opensettle_quarantine_events", "Usage events that wait, by reason: unknownModel, unlistedGateway, beyondHorizon, aheadOfTime", "reason");
    public static readonly MetricDefinition Conflicts = Gauge("opensettle_usage_conflicts", "Usage events whose id is known with another content");

    // The queue.
    public static readonly MetricDefinition QueuePublished = Counter("opensettle_queue_published_messages_total", "Messages that this node handed to the broker, those included that it handed to it again");
    public static readonly MetricDefinition QueueConfirmed = Counter("opensettle_queue_confirmed_messages_total", "Messages of this node that the broker confirmed");
    public static readonly MetricDefinition QueueAgain = Counter("opensettle_queue_unconfirmed_messages_total", "Messages that the broker did not confirm, and that were handed to it again");
    public static readonly MetricDefinition QueueTaken = Counter("opensettle_queue_taken_messages_total", "Messages that this node took out of streams");
    public static readonly MetricDefinition QueueKnown = Counter("opensettle_queue_redelivered_messages_total", "Messages that came again after they were taken");
    public static readonly MetricDefinition QueuePoison = Counter("opensettle_queue_quarantined_messages_total", "Messages that could not be taken, wholly or in part; they lie in the quarantine");
    public static readonly MetricDefinition QueueMissing = Counter("opensettle_queue_missing_offsets_total", "Offsets that were gone from a stream before anybody took them; at most so many messages");
    public static readonly MetricDefinition QueueHeld = Gauge("opensettle_queue_streams_held", "Streams that this node takes");
    public static readonly MetricDefinition QueueNext = Gauge("opensettle_queue_next_offset", "First offset of a stream that is not taken; of those that this node takes", "partition");
    public static readonly MetricDefinition QueueLag = Gauge("opensettle_queue_lag_seconds", "How long the oldest message of a stream has waited that this node was given and has not taken; 0 where none waits", "partition");

    // The API.
    public static readonly MetricDefinition HttpRequests = Counter("opensettle_http_requests_total", "Requests by method, route and status; 'other' is no route of the API", "method", "route", "status");
    public static readonly MetricDefinition HttpTime = Histogram("opensettle_http_request_seconds", "Time from a request to its answer; streams are not in it", Short, "method", "route");
    public static readonly MetricDefinition HttpStreams = Gauge("opensettle_http_streams", "Streams of events that are open");

    // Beside settlement.
    public static readonly MetricDefinition MirrorMissing = Gauge("opensettle_mirror_missing_bundles", "Bundles that a mirror does not have, or was not seen to have", "mirror");
    public static readonly MetricDefinition WebhookDeliveries = Counter("opensettle_webhook_deliveries_total", "Attempts to tell a webhook's target, by outcome: delivered, failed (tried again), givenUp, gone", "target", "outcome");
    public static readonly MetricDefinition WebhookBacklog = Gauge("opensettle_webhook_backlog", "What a webhook's target was not told yet", "target");
    public static readonly MetricDefinition Alerts = Gauge("opensettle_alerts", "Alerts that stand, by kind; the status says which", "kind");
    public static readonly MetricDefinition FileSize = Gauge("opensettle_file_bytes", "Size of a database with its log: books, usage", "file");
    public static readonly MetricDefinition DiskFree = Gauge("opensettle_disk_free_bytes", "Room on the disk of the data folder");
    public static readonly MetricDefinition SampleAge = Gauge("opensettle_sample_age_seconds", "Age of the figures that are read from the books and the disk");
    public static readonly MetricDefinition Build = Gauge("opensettle_build_info", "1; the labels say what runs", "version", "client", "curve");

    // The process.
    public static readonly MetricDefinition ProcessStart = Process(MetricKind.Gauge, "process_start_time_seconds", "When the process began, in seconds since 1970");
    public static readonly MetricDefinition ProcessCpu = Process(MetricKind.Counter, "process_cpu_seconds_total", "Processor time, of user and system");
    public static readonly MetricDefinition ProcessMemory = Process(MetricKind.Gauge, "process_resident_memory_bytes", "Memory that the process has");
    public static readonly MetricDefinition ProcessThreads = Process(MetricKind.Gauge, "process_threads", "Threads of the process");
    public static readonly MetricDefinition HeapSize = Process(MetricKind.Gauge, "dotnet_gc_heap_bytes", "Managed heap after the last collection, fragments included");
    public static readonly MetricDefinition Allocated = Process(MetricKind.Counter, "dotnet_allocated_bytes_total", "Bytes that were allocated on the managed heap");
    public static readonly MetricDefinition Collections = Process(MetricKind.Counter, "dotnet_gc_collections_total", "Garbage collections by generation", "generation");
    public static readonly MetricDefinition CollectionPause = Process(MetricKind.Counter, "dotnet_gc_pause_seconds_total", "Time that garbage collections stopped the process for");
    public static readonly MetricDefinition PoolThreads = Process(MetricKind.Gauge, "dotnet_threadpool_threads", "Threads of the pool");
    public static readonly MetricDefinition PoolQueue = Process(MetricKind.Gauge, "dotnet_threadpool_queue_length", "Work that waits for a thread of the pool");

    public static IReadOnlyList<MetricDefinition> All => _all;

    private static MetricDefinition Counter(string name, string help, params string[] labels) => Add(new MetricDefinition(name, MetricKind.Counter, help, labels, []));

    private static MetricDefinition Gauge(string name, string help, params string[] labels) => Add(new MetricDefinition(name, MetricKind.Gauge, help, labels, []));

    private static MetricDefinition Histogram(string name, string help, double[] buckets, params string[] labels) => Add(new MetricDefinition(name, MetricKind.Histogram, help, labels, buckets));

    private static MetricDefinition Process(MetricKind kind, string name, string help, params string[] labels) => Add(new MetricDefinition(name, kind, help, labels, []) { OfProcess = true });

    private static MetricDefinition Add(MetricDefinition definition)
    {
        _all.Add(definition);
        return definition;
    }
}
