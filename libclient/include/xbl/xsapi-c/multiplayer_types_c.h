/* SPDX-License-Identifier: MIT */
/* Multiplayer sessions: what is passed to and from the calls. multiplayer_c.h includes it. */
#pragma once

#include <xsapi-c/types_c.h>

#define XBL_MULTIPLAYER_DEVICE_TOKEN_MAX_LENGTH 40
#define XBL_MULTIPLAYER_SESSION_TEMPLATE_NAME_MAX_LENGTH 100
#define XBL_MULTIPLAYER_SESSION_NAME_MAX_LENGTH 100
#define XBL_MULTIPLAYER_SESSION_REFERENCE_URI_MAX_LENGTH 284
#define XBL_MULTIPLAYER_SEARCH_HANDLE_MAX_FIELD_LENGTH 100
#define XBL_TOURNAMENT_REFERENCE_DEFINITION_NAME_MAX_LENGTH 100
#define XBL_TOURNAMENT_REFERENCE_ORGANIZER_LENGTH 100

HC_ENUM(XblMultiplayerSessionVisibility){
    HC_VALUE(XblMultiplayerSessionVisibility, Unknown) = 0,
    HC_VALUE(XblMultiplayerSessionVisibility, Any) = 1,
    HC_VALUE(XblMultiplayerSessionVisibility, PrivateSession) = 2,
    HC_VALUE(XblMultiplayerSessionVisibility, Visible) = 3,
    HC_VALUE(XblMultiplayerSessionVisibility, Full) = 4,
    HC_VALUE(XblMultiplayerSessionVisibility, Open) = 5,
};

HC_ENUM(XblMultiplayerInitializationStage){
    HC_VALUE(XblMultiplayerInitializationStage, Unknown) = 0,
    HC_VALUE(XblMultiplayerInitializationStage, None) = 1,
    HC_VALUE(XblMultiplayerInitializationStage, Joining) = 2,
    HC_VALUE(XblMultiplayerInitializationStage, Measuring) = 3,
    HC_VALUE(XblMultiplayerInitializationStage, Evaluating) = 4,
    HC_VALUE(XblMultiplayerInitializationStage, Failed) = 5,
};

HC_ENUM(XblMultiplayerMetrics){
    HC_VALUE(XblMultiplayerMetrics, Unknown) = 0,       HC_VALUE(XblMultiplayerMetrics, BandwidthUp) = 1,
    HC_VALUE(XblMultiplayerMetrics, BandwidthDown) = 2, HC_VALUE(XblMultiplayerMetrics, Bandwidth) = 3,
    HC_VALUE(XblMultiplayerMetrics, Latency) = 4,
};

HC_ENUM(XblNetworkAddressTranslationSetting){
    HC_VALUE(XblNetworkAddressTranslationSetting, Unknown) = 0,
    HC_VALUE(XblNetworkAddressTranslationSetting, Open) = 1,
    HC_VALUE(XblNetworkAddressTranslationSetting, Moderate) = 2,
    HC_VALUE(XblNetworkAddressTranslationSetting, Strict) = 3,
};

HC_ENUM(XblMultiplayerMeasurementFailure){
    HC_VALUE(XblMultiplayerMeasurementFailure, Unknown) = 0,
    HC_VALUE(XblMultiplayerMeasurementFailure, None) = 1,
    HC_VALUE(XblMultiplayerMeasurementFailure, Timeout) = 2,
    HC_VALUE(XblMultiplayerMeasurementFailure, Latency) = 3,
    HC_VALUE(XblMultiplayerMeasurementFailure, BandwidthUp) = 4,
    HC_VALUE(XblMultiplayerMeasurementFailure, BandwidthDown) = 5,
    HC_VALUE(XblMultiplayerMeasurementFailure, Group) = 6,
    HC_VALUE(XblMultiplayerMeasurementFailure, Network) = 7,
    HC_VALUE(XblMultiplayerMeasurementFailure, Episode) = 8,
};

HC_ENUM(XblMultiplayerSessionStatus){
    HC_VALUE(XblMultiplayerSessionStatus, Unknown) = 0,
    HC_VALUE(XblMultiplayerSessionStatus, Active) = 1,
    HC_VALUE(XblMultiplayerSessionStatus, Inactive) = 2,
    HC_VALUE(XblMultiplayerSessionStatus, Reserved) = 3,
};

HC_ENUM(XblMultiplayerSessionRestriction){
    HC_VALUE(XblMultiplayerSessionRestriction, Unknown) = 0,
    HC_VALUE(XblMultiplayerSessionRestriction, None) = 1,
    HC_VALUE(XblMultiplayerSessionRestriction, Local) = 2,
    HC_VALUE(XblMultiplayerSessionRestriction, Followed) = 3,
};

HC_ENUM(XblMatchmakingStatus){
    HC_VALUE(XblMatchmakingStatus, Unknown) = 0,   HC_VALUE(XblMatchmakingStatus, None) = 1,
    HC_VALUE(XblMatchmakingStatus, Searching) = 2, HC_VALUE(XblMatchmakingStatus, Expired) = 3,
    HC_VALUE(XblMatchmakingStatus, Found) = 4,     HC_VALUE(XblMatchmakingStatus, Canceled) = 5,
};

HC_ENUM(XblMultiplayerSessionMemberStatus){
    HC_VALUE(XblMultiplayerSessionMemberStatus, Reserved) = 0,
    HC_VALUE(XblMultiplayerSessionMemberStatus, Inactive) = 1,
    HC_VALUE(XblMultiplayerSessionMemberStatus, Ready) = 2,
    HC_VALUE(XblMultiplayerSessionMemberStatus, Active) = 3,
};

HC_ENUM(XblMultiplayerSessionWriteMode){
    HC_VALUE(XblMultiplayerSessionWriteMode, CreateNew) = 0,
    HC_VALUE(XblMultiplayerSessionWriteMode, UpdateOrCreateNew) = 1,
    HC_VALUE(XblMultiplayerSessionWriteMode, UpdateExisting) = 2,
    HC_VALUE(XblMultiplayerSessionWriteMode, SynchronizedUpdate) = 3,
};

HC_ENUM(XblWriteSessionStatus){
    HC_VALUE(XblWriteSessionStatus, Unknown) = 0,        HC_VALUE(XblWriteSessionStatus, AccessDenied) = 1,
    HC_VALUE(XblWriteSessionStatus, Created) = 2,        HC_VALUE(XblWriteSessionStatus, Conflict) = 3,
    HC_VALUE(XblWriteSessionStatus, HandleNotFound) = 4, HC_VALUE(XblWriteSessionStatus, OutOfSync) = 5,
    HC_VALUE(XblWriteSessionStatus, SessionDeleted) = 6, HC_VALUE(XblWriteSessionStatus, Updated) = 7,
};

HC_ENUM(XblMultiplayerSessionChangeTypes){
    HC_VALUE(XblMultiplayerSessionChangeTypes, None) = 0,
    HC_VALUE(XblMultiplayerSessionChangeTypes, Everything) = 0x1,
    HC_VALUE(XblMultiplayerSessionChangeTypes, HostDeviceTokenChange) = 0x2,
    HC_VALUE(XblMultiplayerSessionChangeTypes, InitializationStateChange) = 0x4,
    HC_VALUE(XblMultiplayerSessionChangeTypes, MatchmakingStatusChange) = 0x8,
    HC_VALUE(XblMultiplayerSessionChangeTypes, MemberListChange) = 0x10,
    HC_VALUE(XblMultiplayerSessionChangeTypes, MemberStatusChange) = 0x20,
    HC_VALUE(XblMultiplayerSessionChangeTypes, SessionJoinabilityChange) = 0x40,
    HC_VALUE(XblMultiplayerSessionChangeTypes, CustomPropertyChange) = 0x80,
    HC_VALUE(XblMultiplayerSessionChangeTypes, MemberCustomPropertyChange) = 0x100,
    HC_VALUE(XblMultiplayerSessionChangeTypes, TournamentPropertyChange) = 0x200,
    HC_VALUE(XblMultiplayerSessionChangeTypes, ArbitrationPropertyChange) = 0x400,
};

#ifdef __cplusplus
DEFINE_ENUM_FLAG_OPERATORS(XblMultiplayerSessionChangeTypes)
#endif

HC_ENUM(XblMutableRoleSettings){
    HC_VALUE(XblMutableRoleSettings, None) = 0,
    HC_VALUE(XblMutableRoleSettings, Max) = 1,
    HC_VALUE(XblMutableRoleSettings, Target) = 2,
};

#ifdef __cplusplus
DEFINE_ENUM_FLAG_OPERATORS(XblMutableRoleSettings)
#endif

/* Of tournaments, which the service has ended: part of the layouts below. */
HC_ENUM(XblTournamentGameResult){
    HC_VALUE(XblTournamentGameResult, NoContest) = 0, HC_VALUE(XblTournamentGameResult, Win) = 1,
    HC_VALUE(XblTournamentGameResult, Loss) = 2,      HC_VALUE(XblTournamentGameResult, Draw) = 3,
    HC_VALUE(XblTournamentGameResult, Rank) = 4,      HC_VALUE(XblTournamentGameResult, NoShow) = 5,
};

HC_ENUM(XblTournamentArbitrationState){
    HC_VALUE(XblTournamentArbitrationState, None) = 0,
    HC_VALUE(XblTournamentArbitrationState, Completed) = 1,
    HC_VALUE(XblTournamentArbitrationState, Canceled) = 2,
    HC_VALUE(XblTournamentArbitrationState, NoResults) = 3,
    HC_VALUE(XblTournamentArbitrationState, PartialResults) = 4,
};

HC_ENUM(XblTournamentGameResultSource){
    HC_VALUE(XblTournamentGameResultSource, None) = 0,
    HC_VALUE(XblTournamentGameResultSource, Arbitration) = 1,
    HC_VALUE(XblTournamentGameResultSource, Server) = 2,
    HC_VALUE(XblTournamentGameResultSource, Adjusted) = 3,
};

HC_ENUM(XblTournamentArbitrationStatus){
    HC_VALUE(XblTournamentArbitrationStatus, Waiting) = 0,
    HC_VALUE(XblTournamentArbitrationStatus, InProgress) = 1,
    HC_VALUE(XblTournamentArbitrationStatus, Complete) = 2,
    HC_VALUE(XblTournamentArbitrationStatus, Playing) = 3,
    HC_VALUE(XblTournamentArbitrationStatus, Incomplete) = 4,
    HC_VALUE(XblTournamentArbitrationStatus, Joining) = 5,
};

HC_ENUM(XblTournamentRegistrationState){
    HC_VALUE(XblTournamentRegistrationState, Unknown) = 0,
    HC_VALUE(XblTournamentRegistrationState, Pending) = 1,
    HC_VALUE(XblTournamentRegistrationState, Withdrawn) = 2,
    HC_VALUE(XblTournamentRegistrationState, Rejected) = 3,
    HC_VALUE(XblTournamentRegistrationState, Registered) = 4,
    HC_VALUE(XblTournamentRegistrationState, Completed) = 5,
};

HC_ENUM(XblTournamentRegistrationReason){
    HC_VALUE(XblTournamentRegistrationReason, Unknown) = 0,
    HC_VALUE(XblTournamentRegistrationReason, RegistrationClosed) = 1,
    HC_VALUE(XblTournamentRegistrationReason, MemberAlreadyRegistered) = 2,
    HC_VALUE(XblTournamentRegistrationReason, TournamentFull) = 3,
    HC_VALUE(XblTournamentRegistrationReason, TeamEliminated) = 4,
    HC_VALUE(XblTournamentRegistrationReason, TournamentCompleted) = 5,
};

typedef struct XblMultiplayerSession *XblMultiplayerSessionHandle;

typedef struct XblMultiplayerRole XblMultiplayerRole;
typedef struct XblMultiplayerRoleType XblMultiplayerRoleType;

typedef struct XblMultiplayerSessionReference {
    char Scid[XBL_SCID_LENGTH];
    char SessionTemplateName[XBL_MULTIPLAYER_SESSION_TEMPLATE_NAME_MAX_LENGTH];
    char SessionName[XBL_MULTIPLAYER_SESSION_NAME_MAX_LENGTH];
} XblMultiplayerSessionReference;

typedef struct XblMultiplayerSessionReferenceUri {
    char value[284];
} XblMultiplayerSessionReferenceUri;

typedef struct XblMultiplayerSessionInitArgs {
    uint32_t MaxMembersInSession;
    XblMultiplayerSessionVisibility Visibility;
    const uint64_t *InitiatorXuids;
    size_t InitiatorXuidsCount;
    const char *CustomJson;
} XblMultiplayerSessionInitArgs;

typedef struct XblMultiplayerPeerToHostRequirements {
    uint64_t LatencyMaximum;
    uint64_t BandwidthDownMinimumInKbps;
    uint64_t BandwidthUpMinimumInKbps;
    XblMultiplayerMetrics HostSelectionMetric;
} XblMultiplayerPeerToHostRequirements;

typedef struct XblMultiplayerPeerToPeerRequirements {
    uint64_t LatencyMaximum;
    uint64_t BandwidthMinimumInKbps;
} XblMultiplayerPeerToPeerRequirements;

typedef struct XblMultiplayerMemberInitialization {
    uint64_t JoinTimeout;
    uint64_t MeasurementTimeout;
    uint64_t EvaluationTimeout;
    bool ExternalEvaluation;
    uint32_t MembersNeededToStart;
} XblMultiplayerMemberInitialization;

typedef struct XblMultiplayerSessionCapabilities {
    bool Connectivity;
    bool Team;
    bool Arbitration;
    bool SuppressPresenceActivityCheck;
    bool Gameplay;
    bool Large;
    bool ConnectionRequiredForActiveMembers;
    bool UserAuthorizationStyle;
    bool Crossplay;
    bool Searchable;
    bool HasOwners;
} XblMultiplayerSessionCapabilities;

typedef struct XblMultiplayerSessionConstants {
    uint32_t MaxMembersInSession;
    XblMultiplayerSessionVisibility Visibility;
    uint64_t *InitiatorXuids;
    size_t InitiatorXuidsCount;
    const char *CustomJson;
    const char *SessionCloudComputePackageConstantsJson;
    uint64_t MemberReservedTimeout;
    uint64_t MemberInactiveTimeout;
    uint64_t MemberReadyTimeout;
    uint64_t SessionEmptyTimeout;
    uint64_t ArbitrationTimeout;
    uint64_t ForfeitTimeout;
    bool EnableMetricsLatency;
    bool EnableMetricsBandwidthDown;
    bool EnableMetricsBandwidthUp;
    bool EnableMetricsCustom;
    XblMultiplayerMemberInitialization *MemberInitialization;
    XblMultiplayerPeerToPeerRequirements PeerToPeerRequirements;
    XblMultiplayerPeerToHostRequirements PeerToHostRequirements;
    const char *MeasurementServerAddressesJson;
    bool ClientMatchmakingCapable;
    XblMultiplayerSessionCapabilities SessionCapabilities;
} XblMultiplayerSessionConstants;

typedef struct XblDeviceToken {
    char Value[40];
} XblDeviceToken;

typedef struct XblMultiplayerSessionProperties {
    const char **Keywords;
    size_t KeywordCount;
    XblMultiplayerSessionRestriction JoinRestriction;
    XblMultiplayerSessionRestriction ReadRestriction;
    uint32_t *TurnCollection;
    size_t TurnCollectionCount;
    const char *MatchmakingTargetSessionConstantsJson;
    const char *SessionCustomPropertiesJson;
    const char *MatchmakingServerConnectionString;
    const char **ServerConnectionStringCandidates;
    size_t ServerConnectionStringCandidatesCount;
    uint32_t *SessionOwnerMemberIds;
    size_t SessionOwnerMemberIdsCount;
    XblDeviceToken HostDeviceToken;
    bool Closed;
    bool Locked;
    bool AllocateCloudCompute;
    bool MatchmakingResubmit;
} XblMultiplayerSessionProperties;

typedef struct XblMultiplayerSessionMemberRole {
    const char *roleTypeName;
    const char *roleName;
} XblMultiplayerSessionMemberRole;

typedef struct XblMultiplayerSessionMember {
    uint32_t MemberId;
    const char *TeamId;
    const char *InitialTeam;
    XblTournamentArbitrationStatus ArbitrationStatus;
    uint64_t Xuid;
    const char *CustomConstantsJson;
    const char *SecureDeviceBaseAddress64;
    const XblMultiplayerSessionMemberRole *Roles;
    size_t RolesCount;
    const char *CustomPropertiesJson;
    char Gamertag[48];
    XblMultiplayerSessionMemberStatus Status;
    bool IsTurnAvailable;
    bool IsCurrentUser;
    bool InitializeRequested;
    const char *MatchmakingResultServerMeasurementsJson;
    const char *ServerMeasurementsJson;
    const uint32_t *MembersInGroupIds;
    size_t MembersInGroupCount;
    const char *QosMeasurementsJson;
    XblDeviceToken DeviceToken;
    XblNetworkAddressTranslationSetting Nat;
    uint32_t ActiveTitleId;
    uint32_t InitializationEpisode;
    time_t JoinTime;
    XblMultiplayerMeasurementFailure InitializationFailureCause;
    const char **Groups;
    size_t GroupsCount;
    const char **Encounters;
    size_t EncountersCount;
    XblMultiplayerSessionReference TournamentTeamSessionReference;
    void *Internal;
} XblMultiplayerSessionMember;

typedef struct XblMultiplayerSessionInfo {
    uint32_t ContractVersion;
    char Branch[40];
    uint64_t ChangeNumber;
    char CorrelationId[40];
    time_t StartTime;
    time_t NextTimer;
    char SearchHandleId[40];
} XblMultiplayerSessionInfo;

typedef struct XblMultiplayerSessionInitializationInfo {
    XblMultiplayerInitializationStage Stage;
    time_t StageStartTime;
    uint32_t Episode;
} XblMultiplayerSessionInitializationInfo;

typedef struct XblMultiplayerMatchmakingServer {
    XblMatchmakingStatus Status;
    const char *StatusDetails;
    uint32_t TypicalWaitInSeconds;
    XblMultiplayerSessionReference TargetSessionRef;
} XblMultiplayerMatchmakingServer;

struct XblMultiplayerRoleType {
    const char *Name;
    bool OwnerManaged;
    XblMutableRoleSettings MutableRoleSettings;
    XblMultiplayerRole *Roles;
    size_t RoleCount;
};

struct XblMultiplayerRole {
    XblMultiplayerRoleType *RoleType;
    const char *Name;
    uint64_t *MemberXuids;
    uint32_t MemberCount;
    uint32_t TargetCount;
    uint32_t MaxMemberCount;
};

typedef struct XblFormattedSecureDeviceAddress {
    char value[4096];
} XblFormattedSecureDeviceAddress;

/* Of tournaments: only their layout is left. */
typedef struct XblTournamentReference {
    char DefinitionName[100];
    char TournamentId[40];
    char Organizer[100];
    char Scid[XBL_SCID_LENGTH];
} XblTournamentReference;

typedef struct XblTournamentGameResultWithRank {
    XblTournamentGameResult Result;
    uint64_t Ranking;
} XblTournamentGameResultWithRank;

typedef struct XblTournamentTeamResult {
    const char *Team;
    XblTournamentGameResultWithRank GameResult;
} XblTournamentTeamResult;

typedef struct XblMultiplayerArbitrationServer {
    time_t ArbitrationStartTime;
    XblTournamentArbitrationState ResultState;
    XblTournamentGameResultSource ResultSource;
    uint32_t ResultConfidenceLevel;
    XblTournamentTeamResult *Results;
    size_t ResultsCount;
} XblMultiplayerArbitrationServer;

typedef struct XblMultiplayerTournamentTeam {
    const char *TeamId;
    XblMultiplayerSessionReference TeamSessionReference;
} XblMultiplayerTournamentTeam;

typedef struct XblMultiplayerTournamentsServer {
    XblTournamentReference TournamentReference;
    XblMultiplayerTournamentTeam *Teams;
    size_t TeamsCount;
    XblTournamentRegistrationState RegistrationState;
    XblTournamentRegistrationReason RegistrationReason;
    time_t NextGameStartTime;
    XblMultiplayerSessionReference NextGameSessionReference;
    time_t LastGameEndTime;
    XblTournamentTeamResult LastTeamResult;
    XblTournamentGameResultSource LastGameResultSource;
} XblMultiplayerTournamentsServer;

typedef struct XblMultiplayerActivityDetails {
    XblMultiplayerSessionReference SessionReference;
    char HandleId[XBL_GUID_LENGTH];
    uint32_t TitleId;
    XblMultiplayerSessionVisibility Visibility;
    XblMultiplayerSessionRestriction JoinRestriction;
    bool Closed;
    uint64_t OwnerXuid;
    uint32_t MaxMembersCount;
    uint32_t MembersCount;
    const char *CustomSessionPropertiesJson;
} XblMultiplayerActivityDetails;
