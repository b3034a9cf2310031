"""The answers of Cognito about a user pool, its app client and its second factors, member by member."""

from __future__ import annotations

from stack.kinds.described import Described

KEPT = "every write keeps it as Cognito describes it: the owner of the account may choose it"
POOL = Described(
    "DescribeUserPool",
    "UserPool",
    compared="Policies.PasswordPolicy.MinimumLength Policies.PasswordPolicy.RequireUppercase"
    " Policies.PasswordPolicy.RequireLowercase Policies.PasswordPolicy.RequireNumbers"
    " Policies.PasswordPolicy.RequireSymbols Policies.PasswordPolicy.TemporaryPasswordValidityDays DeletionProtection"
    " AutoVerifiedAttributes UsernameAttributes UsernameConfiguration AccountRecoverySetting MfaConfiguration"
    " EmailConfiguration.SourceArn EmailConfiguration.From EmailConfiguration.EmailSendingAccount",
    identity="Id Name Arn Status CreationDate LastModifiedDate EstimatedNumberOfUsers UserPoolTags"
    " SmsConfigurationFailure EmailConfigurationFailure",
    ignored={
        "SchemaAttributes AliasAttributes": "cannot be taken back after the creation",
        "LambdaConfig EmailConfiguration.ReplyToEmailAddress EmailConfiguration.ConfigurationSet SmsConfiguration"
        " SmsVerificationMessage EmailVerificationMessage"
        " EmailVerificationSubject VerificationMessageTemplate SmsAuthenticationMessage UserAttributeUpdateSettings"
        " DeviceConfiguration AdminCreateUserConfig UserPoolAddOns DcrConfiguration UserPoolTier KeyConfiguration"
        " IssuerConfiguration AcrConfiguration"
        " Policies.SignInPolicy Policies.PasswordPolicy.PasswordHistorySize": KEPT,
        "Domain CustomDomain": "resources of their own; no app client uses one",
    },
)
CLIENT = Described(
    "DescribeUserPoolClient",
    "UserPoolClient",
    compared="RefreshTokenValidity AccessTokenValidity IdTokenValidity TokenValidityUnits WriteAttributes"
    " ExplicitAuthFlows PreventUserExistenceErrors EnableTokenRevocation",
    identity="UserPoolId ClientName ClientId LastModifiedDate CreationDate ClientType",
    ignored={
        "ClientSecret": "cannot be changed after the creation",
        "ReadAttributes SupportedIdentityProviders CallbackURLs LogoutURLs DefaultRedirectURI AllowedOAuthFlows"
        " AllowedOAuthScopes AllowedOAuthFlowsUserPoolClient AnalyticsConfiguration AuthSessionValidity"
        " EnablePropagateAdditionalUserContextData RefreshTokenRotation": KEPT,
    },
)
FACTORS = Described(
    "GetUserPoolMfaConfig",
    compared="SoftwareTokenMfaConfiguration MfaConfiguration",
    ignored={"SmsMfaConfiguration EmailMfaConfiguration WebAuthnConfiguration": KEPT},
)
